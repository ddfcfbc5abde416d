// The confusion matrix by mouse and by keyboard, a confusion's orders, and the way to a channel and back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { disk, launch, open, report, serve, violations } from './open.js';

const repository = path.resolve('../..');
const program = process.env.LAYERSCOPE ?? path.join(repository, 'target/release/layerscope');

const confusion = report.confusions.find(found => found.truth === 'horse' && found.prediction === 'dog');
let browser, server;
before(async () => { browser = await launch(); server = await serve(); });
after(() => { server.close(); return browser.close(); });

const focused = page => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);

test('arrow keys walk through the matrix, enter opens a cell', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'errors/index.html');
  const classes = report.classes;
  await page.locator('table.matrix td > *').first().focus();
  for (let step = 0; step < classes.indexOf('dog'); step += 1) await page.keyboard.press('ArrowRight');
  for (let step = 0; step < classes.indexOf('horse'); step += 1) await page.keyboard.press('ArrowDown');
  assert.match(await focused(page), /horse taken for dog/);
  assert.match(await page.locator('.matrix-tools .pointed').innerText(), /horse taken for dog.*of the row/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/errors/horse-as-dog/index.html');
  assert.deepEqual(faults, []);
  await context.close();
});

test('the matrix shows counts or shares, in its own order or clustered', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'errors/index.html');
  const cell = page.locator('table.matrix a[href="horse-as-dog/index.html"]');
  assert.equal(await cell.innerText(), String(confusion.count));
  await page.click('text=Shares of the row');
  assert.match(await cell.innerText(), /^\d+.%$/);
  const heads = () => page.locator('table.matrix thead th').allInnerTexts();
  const rows = () => page.locator('table.matrix tbody th').allInnerTexts();
  const own = await heads();
  assert.deepEqual(own, report.classes);
  await page.click('text=By what is confused');
  assert.notDeepEqual(await heads(), own);
  assert.deepEqual(await heads(), await rows());
  assert.deepEqual((await heads()).toSorted(), own.toSorted());
  await page.click('text=Own order');
  assert.deepEqual(await heads(), own);
  assert.deepEqual(faults, []);
  await context.close();
});

test('a confusion is ordered by confidence, loss or likeness, and the order is an address', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'errors/horse-as-dog/index.html');
  const numbers = () => page.locator('.cards .meta > span:first-child').allInnerTexts().then(texts => texts.map(Number));
  assert.deepEqual(await numbers(), confusion.samples);
  await page.click('text=By loss');
  const losses = await page.locator('.cards li').evaluateAll(items => items.map(item => Number(item.dataset.loss)));
  assert.deepEqual(losses, losses.toSorted((a, b) => b - a));
  await page.click('text=By likeness');
  const alike = await numbers();
  assert.equal(alike[0], confusion.samples[0]);
  assert.notDeepEqual(alike, confusion.samples);
  assert.deepEqual(alike.toSorted(), confusion.samples.toSorted());
  await page.reload();
  assert.deepEqual(await numbers(), alike);
  await page.goBack();
  await page.goBack();
  assert.deepEqual(await numbers(), confusion.samples);
  assert.deepEqual(faults, []);
  await context.close();
});

for (const [name, base] of [['disk', () => disk], ['a server under a path', () => server.base]]) {
  test(`from the overview over the matrix to a channel and back by keys, from ${name}`, async () => {
    const context = await browser.newContext();
    const { page, faults } = await open(context, 'index.html', base());
    const cell = page.locator('table.matrix a[href="errors/horse-as-dog/index.html"]');
    await cell.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/errors/horse-as-dog/index.html');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/samples/${String(confusion.samples[0]).padStart(6, '0')}/index.html`);
    await page.keyboard.press('j');
    await page.waitForURL(`**/samples/${String(confusion.samples[1]).padStart(6, '0')}/index.html`);
    const band = page.locator('.band.live > .crop').first();
    await band.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog.lens[open]');
    assert.match(await page.locator('dialog.lens p').innerText(), /channel 2/);
    assert.equal(await page.locator('dialog.lens .scale').count(), 1);
    await page.keyboard.press('Escape');
    await page.mouse.move(0, 0);
    await page.hover('.sample .big');
    assert.match(await page.locator('.big .pointed').innerText(), /Column \d+, row \d+ of 32 × 32/);
    for (let back = 0; back < 3; back += 1) await page.goBack();
    await page.waitForURL(base() + 'index.html');
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test('more classes than a table has room for are a picture that one can enter', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'layerscope-classes-'));
  const oracles = path.join(repository, 'tests/oracles/classifiers');
  writeFileSync(path.join(folder, 'config.toml'), `[report]\ntitle = "Forty"\nout = "site"\n[model]\npath = ${JSON.stringify(path.join(oracles, 'many_classes.h5'))}\n[data]\npath = ${JSON.stringify(path.join(oracles, 'many_classes.npz'))}\n[preprocess]\nscale = "1/255"\n`);
  execFileSync(program, ['report', path.join(folder, 'config.toml'), '--quiet']);
  const base = pathToFileURL(path.join(folder, 'site') + path.sep).href;
  const { confusions, classes } = JSON.parse(readFileSync(path.join(folder, 'site/data/report.json'), 'utf8'));
  const [worst] = confusions, row = classes.indexOf(worst.truth), column = classes.indexOf(worst.prediction);
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const { page, faults } = await open(context, 'errors/index.html', base);
    const picture = page.locator('.matrix-picture .scroll');
    await picture.focus();
    // The first key enters the picture at its corner.
    for (let step = 0; step <= column; step += 1) await page.keyboard.press('ArrowRight');
    for (let step = 0; step < row; step += 1) await page.keyboard.press('ArrowDown');
    const said = new RegExp(`${worst.truth} taken for ${worst.prediction}: ${worst.count} image`);
    await page.waitForFunction(words => new RegExp(words).test(document.querySelector('.matrix-picture .pointed').textContent), said.source);
    await page.keyboard.press('+');
    assert.ok(await picture.locator('img').evaluate(image => image.clientWidth > image.parentElement.clientWidth));
    await page.keyboard.press('-');
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/errors/*-as-*/index.html');
    assert.match(await page.locator('h1').innerText(), new RegExp(`${worst.truth} taken for ${worst.prediction}`));
    await page.goBack();
    // By mouse, in the order of what is confused: another cell lies there.
    await page.click('text=By what is confused');
    const box = await picture.locator('img').boundingBox();
    await page.mouse.move(box.x + box.width * 0.51, box.y + box.height * 0.51);
    await page.waitForFunction(() => /recognised|taken for/.test(document.querySelector('.matrix-picture .pointed').textContent));
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test('a map opens large with its scale, on the page of a layer too, and each channel has a scale of its own', async () => {
  const sample = `samples/${String(confusion.samples[0]).padStart(6, '0')}/index.html`;
  for (const base of [disk, server.base]) {
    for (const address of [sample, 'layers/conv_1/index.html']) {
      const context = await browser.newContext({ bypassCSP: true });
      const { page, faults } = await open(context, address, base);
      const band = page.locator('.band.live').first(), crop = band.locator('> .crop');
      await crop.click({ position: { x: 30, y: 30 } });
      await page.waitForSelector('dialog.lens[open]');
      assert.match(await page.locator('dialog.lens p').innerText(), /^\w+, channel 0/);
      const shared = await page.locator('dialog.lens .scale').innerText();
      assert.equal(shared.trim(), (await band.locator('figcaption > .scale').innerText()).trim());
      await page.click('dialog.lens button:has-text("one a channel")');
      const own = await page.locator('dialog.lens .scale').innerText();
      assert.match(own, /about/);
      assert.match(await page.locator('dialog.lens .crop').evaluate(crop => getComputedStyle(crop).filter), /own-sequential-\d+|none/);
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('Escape');
      // The choice holds for the whole page.
      assert.ok(await band.locator('.own > span').count() > 3);
      assert.ok(await band.locator('.own > span').first().isVisible());
      // A channel's highest value has the last colour of the palette now; on the layer's scale it has not.
      const peaks = await band.getAttribute('data-peaks');
      const weak = [...peaks].findIndex(peak => parseInt(peak, 36) > 3 && parseInt(peak, 36) < 20);
      const grid = (await crop.evaluate(crop => getComputedStyle(crop).getPropertyValue('--grid'))).trim().split(' ').map(Number);
      const picture = await crop.screenshot();
      const brightest = () => page.evaluate(async ({ source, weak, grid }) => {
        const image = await createImageBitmap(await (await fetch(source)).blob());
        const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const scale = image.width / grid[5], x = weak % grid[0] * grid[2] * scale, y = Math.floor(weak / grid[0]) * grid[3] * scale;
        const { data } = context.getImageData(x, y, (grid[2] - grid[4]) * scale, (grid[3] - grid[4]) * scale);
        let most = 0;
        for (let at = 0; at < data.length; at += 4) most = Math.max(most, data[at] + data[at + 1]);
        return most;
      }, { source: `data:image/png;base64,${picture.toString('base64')}`, weak, grid });
      assert.ok(await brightest() > 440, `${address}: ${await brightest()}`);
      await band.locator('button:has-text("one scale a layer")').click();
      assert.ok(await band.locator('.own > span').first().isHidden());
      assert.deepEqual(faults, []);
      await context.close();
    }
  }
});
