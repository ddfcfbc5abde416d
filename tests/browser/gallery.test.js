// The whole test set: filters, orders, addresses, the way back, by mouse and by keyboard, from disk and from a server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { disk, launch, open, report, serve, violations } from './open.js';

const confusion = report.confusions.find(found => found.truth === 'horse' && found.prediction === 'dog');
let browser, server;
before(async () => { browser = await launch(); server = await serve(); });
after(() => { server.close(); return browser.close(); });

/** The samples in view, in the order of the wall. */
const shown = page => page.evaluate(() => [...document.querySelectorAll('.wall li:not([hidden])')]
  .sort((a, b) => a.getAttribute('aria-posinset') - b.getAttribute('aria-posinset'))
  .map(item => Number(/sample (\d+)/.exec(item.querySelector('a').getAttribute('aria-label'))[1])));
const counted = (page, text) => page.waitForFunction(text => document.querySelector('.shown-count')?.textContent === text, text);

for (const [name, base] of [['disk', () => disk], ['a server under a path', () => server.base]]) {
  test(`filters and orders are addresses, from ${name}`, async () => {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
    const { page, faults } = await open(context, 'samples/index.html', base());
    await counted(page, '10,000 images');
    assert.deepEqual((await shown(page)).slice(0, 3), [0, 1, 2]);
    await page.selectOption('#filter-truth', 'horse');
    await counted(page, '1,000 of 10,000 images');
    await page.selectOption('#filter-taken', 'dog');
    await counted(page, `${confusion.count} of 10,000 images`);
    assert.ok(page.url().endsWith('#truth=horse&taken=dog'), page.url());
    await page.selectOption('#filter-sort', 'confidence');
    await page.waitForFunction(() => location.hash.includes('sort=confidence'));
    assert.deepEqual((await shown(page)).slice(0, 20), confusion.samples.slice(0, 20));
    // The address alone leads to the same.
    const again = await open(context, new URL(page.url()).hash.replace(/^/, 'samples/index.html'), base());
    await counted(again.page, `${confusion.count} of 10,000 images`);
    assert.deepEqual(await shown(again.page), await shown(page));
    // Every step can be taken back.
    await page.goBack();
    await page.waitForFunction(() => !location.hash.includes('sort'));
    assert.deepEqual((await shown(page)).slice(0, 5), confusion.samples.toSorted((a, b) => a - b).slice(0, 5));
    await page.goBack();
    await counted(page, '1,000 of 10,000 images');
    await page.goBack();
    await counted(page, '10,000 images');
    assert.deepEqual([...faults, ...again.faults], []);
    await context.close();
  });
}

test('mistakes, suspects and a range of confidence are counted as in the report', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'samples/index.html#answer=wrong');
  const count = number => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
  await counted(page, `${count(report.errors)} of 10,000 images`);
  await page.goto(`${disk}samples/index.html#suspect=1`);
  await counted(page, `${count(report.suspect_labels.length)} of 10,000 images`);
  await page.goto(`${disk}samples/index.html#from=90&to=100&answer=right`);
  await page.waitForFunction(() => / of 10,000 images/.test(document.querySelector('.shown-count').textContent));
  const sure = await page.evaluate(() => [...document.querySelectorAll('.wall li:not([hidden]) a')].map(link => link.getAttribute('aria-label')));
  assert.ok(sure.length > 20 && sure.every(label => /(9\d|100|>99).% sure/.test(label) && !label.includes('taken for')), sure[0]);
  await page.goto(`${disk}samples/index.html#truth=horse&taken=horse&answer=wrong`);
  await counted(page, '0 of 10,000 images');
  assert.deepEqual(faults, []);
  await context.close();
});

test('only what is in view exists and is loaded; one jumps to any image', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const { page, faults } = await open(context, 'samples/index.html');
  const sheets = new Set();
  page.on('request', request => request.url().includes('/tiles/') && sheets.add(request.url()));
  await counted(page, '10,000 images');
  await page.fill('#filter-jump', '9876');
  await page.press('#filter-jump', 'Enter');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label')?.includes('sample 9876'));
  assert.ok((await shown(page)).length < 200);
  assert.ok(sheets.size <= 8, `${sheets.size} sheets`);
  await page.waitForFunction(() => /at=98\d\d/.test(location.hash));
  await page.reload();
  await counted(page, '10,000 images');
  await page.waitForFunction(() => [...document.querySelectorAll('.wall li:not([hidden]) a')].some(link => link.getAttribute('aria-label').includes('sample 9876')));
  assert.deepEqual(faults, []);
  await context.close();
});

test('nothing moves while the wall takes the place of the first page', async () => {
  for (const viewport of [{ width: 1360, height: 900 }, { width: 412, height: 823 }]) {
    const context = await browser.newContext({ viewport });
    await context.addInitScript(() => {
      window.shifted = 0;
      new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shifted += entry.value; })).observe({ type: 'layout-shift', buffered: true });
    });
    const { page, faults } = await open(context, 'samples/index.html');
    await counted(page, '10,000 images');
    await page.waitForTimeout(300);
    const shifted = await page.evaluate(() => window.shifted);
    assert.ok(shifted < 0.1, `${shifted} at ${viewport.width} px`);
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test('every image opens: with its page, or large in the gallery', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'samples/index.html#at=40');
  await counted(page, '10,000 images');
  // An image that was recognised and not selected has no page of its own.
  await page.click('.wall li.right a[href^="#"] >> nth=3');
  await page.waitForSelector('dialog.viewer[open]');
  const label = await page.locator('dialog .big').getAttribute('aria-label');
  const bars = await page.locator('dialog .probs tr').count();
  assert.equal(bars, 10);
  assert.match(await page.locator('dialog h2').innerText(), /recognised/);
  await page.keyboard.press('j');
  await page.waitForFunction(label => document.querySelector('dialog .big').getAttribute('aria-label') !== label, label);
  await page.goBack();
  await page.waitForSelector('dialog.viewer[open]', { state: 'detached' }).catch(() => page.waitForFunction(() => !document.querySelector('dialog.viewer').open));
  // Old addresses of the paged gallery open it, too.
  const old = await open(context, 'samples/index.html#s000001');
  await old.page.waitForSelector('dialog.viewer[open]');
  assert.match(await old.page.locator('dialog .big').getAttribute('aria-label'), /sample 1$/);
  await old.page.keyboard.press('Escape');
  await old.page.waitForFunction(() => !document.querySelector('dialog.viewer').open && !location.hash.includes('s='));
  assert.deepEqual([...faults, ...old.faults], []);
  await context.close();
});

test('the viewer is sound for a screen reader, in both schemes', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const { page, faults } = await open(context, 'samples/index.html#s=1');
    await page.waitForSelector('dialog.viewer[open] .verdict button');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test('a sample beyond the first page opens in the gallery', async () => {
  const context = await browser.newContext();
  const right = await (async () => {
    const mistakes = new Set(report.mistakes);
    let index = 5000;
    while (mistakes.has(index)) index += 1;
    return index;
  })();
  const size = 64;
  const { page, faults } = await open(context, `samples/page-${Math.floor(right / size) + 1}/index.html#s${String(right).padStart(6, '0')}`);
  await page.waitForURL(`**/samples/index.html#s=${right}`);
  await page.waitForSelector('dialog.viewer[open]');
  assert.deepEqual(faults, []);
  await context.close();
});

test('the keys alone lead through the wall', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const { page, faults } = await open(context, 'samples/index.html#truth=horse&taken=dog&sort=confidence');
  await counted(page, `${confusion.count} of 10,000 images`);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  const label = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  const columns = await page.evaluate(() => new Set([...document.querySelectorAll('.wall li')].map(item => item.getBoundingClientRect().left)).size);
  assert.ok(label.includes(`sample ${confusion.samples[columns]}`), label);
  await page.keyboard.press('Enter');
  await page.waitForURL(/samples\/\d{6}\/index\.html/);
  assert.match(await page.locator('h1').innerText(), /horse[^]*dog/);
  await page.goBack();
  await counted(page, `${confusion.count} of 10,000 images`);
  assert.deepEqual(faults, []);
  await context.close();
});

test('without JavaScript all images stand on pages', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const { page, faults } = await open(context, 'samples/index.html');
  assert.equal(await page.locator('.tiles li').count(), 64);
  await page.click('a[rel=next]');
  await page.waitForURL('**/samples/page-2/index.html');
  assert.match(await page.locator('h1').innerText(), /Samples 64 to 127 of 10,000/);
  assert.deepEqual(faults, []);
  await context.close();
});
