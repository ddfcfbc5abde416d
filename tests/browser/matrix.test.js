// The confusion matrix by mouse and by keyboard, a confusion's orders, and the way to a channel and back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { disk, launch, open, report, serve } from './open.js';

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
    const band = page.locator('.band[data-grid] .crop').first();
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
    assert.match(await page.locator('.pixels + .pointed').innerText(), /Column \d+, row \d+ of 32 × 32/);
    for (let back = 0; back < 3; back += 1) await page.goBack();
    await page.waitForURL(base() + 'index.html');
    assert.deepEqual(faults, []);
    await context.close();
  });
}
