// Tables whose headings order their rows: by mouse and by keyboard, numbers as numbers, and back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, report, violations } from './open.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const column = (page, table, index) => page.locator(`${table} tbody tr`).evaluateAll(
  (rows, index) => rows.map(row => row.cells[index].textContent.trim()), index);

/** The place of a heading with these words. */
const place = (page, table, words) => page.locator(`${table} thead th`).evaluateAll(
  (headings, words) => headings.findIndex(heading => heading.textContent.trim() === words), words);

test('channels are ordered by any of their numbers, and put back', async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const { page, faults } = await open(context, 'layers/conv_0/index.html');
  const table = 'table.channels';
  await page.waitForSelector(`${table} th button`);
  const before = await column(page, table, 0), mean = await place(page, table, 'mean');
  const numbers = async () => (await column(page, table, mean)).map(text => Number(text.replace('−', '-').replace(/,/g, '')));
  const heading = page.locator(`${table} thead th`).nth(mean), button = heading.locator('button');
  const falling = (await numbers()).sort((a, b) => b - a);
  assert.notDeepEqual(await numbers(), falling, 'the test needs rows in another order');
  await button.click();
  assert.equal(await heading.getAttribute('aria-sort'), 'descending');
  assert.deepEqual(await numbers(), falling);
  assert.deepEqual(await violations(page), []);
  // By keyboard, which keeps the focus where it is.
  await page.keyboard.press('Enter');
  assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
  assert.deepEqual(await numbers(), falling.slice().reverse());
  await page.keyboard.press('Space');
  assert.equal(await heading.getAttribute('aria-sort'), null);
  assert.deepEqual(await column(page, table, 0), before);
  // Pictures have no order.
  const pictures = page.locator(`${table} thead th`).last();
  assert.equal(await pictures.locator('button').count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test('classes are ordered by name and by recall, one column at a time', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'classes/index.html');
  const table = 'table.classes';
  await page.waitForSelector(`${table} th button`);
  const name = page.locator(`${table} thead th`).first();
  await name.locator('button').click();
  assert.deepEqual(await column(page, table, 0), report.classes.slice().sort((a, b) => a.localeCompare(b, 'en')));
  const recall = page.locator(`${table} thead th`).nth(await place(page, table, 'recall'));
  await recall.locator('button').click();
  assert.deepEqual([await name.getAttribute('aria-sort'), await recall.getAttribute('aria-sort')], [null, 'descending']);
  const shares = (await column(page, table, await place(page, table, 'recall'))).map(Number.parseFloat);
  assert.deepEqual(shares, shares.slice().sort((a, b) => b - a));
  assert.deepEqual(faults, []);
  await context.close();
});

test('what has no value comes last both ways', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context, 'layers/conv_0/index.html');
  await page.waitForSelector('table.channels th button');
  // A column with a dash in it, as channels have that are dead or negative.
  const mean = await place(page, 'table.channels', 'mean');
  await page.locator('table.channels tbody tr').nth(1).evaluate((row, mean) => { row.cells[mean].textContent = '–'; }, mean);
  const button = page.locator('table.channels thead th').nth(mean).locator('button');
  for (let click = 0; click < 2; click += 1) {
    await button.click();
    assert.equal((await column(page, 'table.channels', mean)).at(-1), '–');
  }
  assert.deepEqual(faults, []);
  await context.close();
});
