// Verdicts: given by keys, kept over a reload, exported, taken in again by a page and by the next report.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { disk, launch, open, report, serve } from './open.js';

const repository = path.resolve('../..');
const program = process.env.LAYERSCOPE ?? path.join(repository, 'target/release/layerscope');
const LIMIT = 300;
const [first, second] = report.mistakes.filter(index => index < LIMIT);
const address = index => `samples/${String(index).padStart(6, '0')}/index.html`;
let browser, server;
before(async () => { browser = await launch(); server = await serve(); });
after(() => { server.close(); return browser.close(); });

async function exported(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text=${name}`)]);
  return readFileSync(await download.path(), 'utf8');
}

for (const [name, base] of [['disk', () => disk], ['a server under a path', () => server.base]]) {
  test(`verdicts are kept over a reload and taken back, from ${name}`, async () => {
    const context = await browser.newContext();
    const { page, faults } = await open(context, address(first), base());
    const pressed = () => page.locator('.verdict button[aria-pressed=true]').allInnerTexts();
    await page.keyboard.press('2');
    assert.match((await pressed()).join(), /label wrong/);
    await page.keyboard.press('n');
    await page.keyboard.type('clearly "a dog", no?');
    await page.keyboard.press('Enter');
    await page.reload();
    assert.match((await pressed()).join(), /label wrong/);
    assert.equal(await page.locator('.verdict input').inputValue(), 'clearly "a dog", no?');
    await page.keyboard.press('2');
    assert.deepEqual(await pressed(), []);
    await page.keyboard.press('3');
    // j leads to the next of the confusion, where another verdict is given.
    await page.keyboard.press('j');
    await page.waitForURL(url => !url.pathname.endsWith(address(first)));
    await page.keyboard.press('1');
    await page.goto(`${base()}review/index.html`);
    assert.equal(await page.locator('#reviewed tbody tr').count(), 2);
    assert.match(await page.locator('#review-tools').innerText(), /2 verdicts hold/);
    await page.goto(`${base()}samples/index.html#verdict=ambiguous`);
    await page.waitForFunction(() => document.querySelector('.shown-count')?.textContent === '1 of 10,000 images');
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test('what is exported is taken in again, by another browser and by the next report', async () => {
  const context = await browser.newContext({ acceptDownloads: true });
  const { page, faults } = await open(context, address(first));
  await page.keyboard.press('2');
  await page.keyboard.press('n');
  await page.keyboard.type('a "dog", surely');
  await page.keyboard.press('Enter');
  await page.goto(disk + address(second));
  await page.keyboard.press('1');
  await page.goto(`${disk}review/index.html`);
  const json = await exported(page, 'Export JSON');
  const csv = await exported(page, 'Export CSV');
  const held = JSON.parse(json);
  assert.deepEqual(held.verdicts.map(({ index, verdict, note }) => [index, verdict, note]), [[first, 'label wrong', 'a "dog", surely'], [second, 'model wrong', '']]);
  assert.equal(csv.split('\r\n').length, 4);

  // A browser that knows nothing.
  for (const [file, text] of [['review.json', json], ['review.csv', csv]]) {
    const other = await browser.newContext();
    const { page, faults } = await open(other, 'review/index.html');
    await page.setInputFiles('#review-file', { name: file, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await page.waitForFunction(() => /2 of 2 verdicts taken/.test(document.getElementById('review-tools').textContent));
    assert.equal(await page.locator('#reviewed tbody tr').count(), 2);
    await page.setInputFiles('#review-file', { name: file, mimeType: 'text/plain', buffer: Buffer.from(text.slice(0, 60)) });
    await page.waitForFunction(() => /was not taken/.test(document.getElementById('review-tools').textContent));
    assert.equal(await page.locator('#reviewed tbody tr').count(), 2);
    assert.deepEqual(faults, []);
    await other.close();
  }

  // The next report, of fewer images: one verdict more whose image is gone.
  const folder = mkdtempSync(path.join(tmpdir(), 'layerscope-review-'));
  held.verdicts.push({ ...held.verdicts[0], image: '0'.repeat(32), index: 7 });
  writeFileSync(path.join(folder, 'review.json'), JSON.stringify(held));
  for (const file of ['review.json']) {
    execFileSync(program, ['report', 'config.toml', '--out', path.join(folder, 'site'), '--set', `data.limit=${LIMIT}`, '--set', 'samples.selected=[0]', '--set', `review.file=${path.join(folder, file)}`, '--quiet'], { cwd: repository });
    const base = pathToFileURL(path.join(folder, 'site') + path.sep).href;
    for (const javaScriptEnabled of [true, false]) {
      const fresh = await browser.newContext({ javaScriptEnabled });
      const { page, faults } = await open(fresh, 'review/index.html', base);
      assert.equal(await page.locator('#reviewed tbody tr').count(), 2);
      assert.match(await page.locator('#reviewed').innerText(), /a "dog", surely/);
      assert.match(await page.locator('main').innerText(), /Verdicts whose image is gone[^]*no image has these pixels/);
      await page.goto(base + address(first));
      assert.match(await page.locator('.verdict').innerText(), /label wrong/);
      if (javaScriptEnabled) {
        // Another verdict over one of the file keeps its note, on the page and in the gallery's viewer.
        await page.keyboard.press('3');
        assert.equal(await page.locator('.verdict input').inputValue(), 'a "dog", surely');
        await page.evaluate(() => localStorage.clear());
        await page.goto(`${base}samples/index.html#s=${first}`);
        await page.waitForSelector('dialog.viewer[open] .verdict input');
        assert.equal(await page.locator('dialog .verdict input').inputValue(), 'a "dog", surely');
        await page.keyboard.press('1');
        assert.equal(await page.locator('dialog .verdict input').inputValue(), 'a "dog", surely');
      }
      assert.deepEqual(faults, []);
      await fresh.close();
    }
    const written = readFileSync(path.join(folder, 'site/data/verdicts.csv'), 'utf8');
    assert.match(written, /label wrong,"a ""dog"", surely"/);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test('two reports do not mix their verdicts', async () => {
  const context = await browser.newContext();
  const { page } = await open(context, address(first));
  await page.keyboard.press('1');
  const keys = await page.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('layerscope-review-')));
  assert.deepEqual(keys, [`layerscope-review-${await page.evaluate(() => document.body.dataset.report)}`]);
  assert.match(keys[0], /-[0-9a-f]{16}$/);
  await context.close();
});
