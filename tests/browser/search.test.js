// Search in the head of every page, from disk and from a server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { disk, launch, open, report, serve, violations } from './open.js';

let browser, server;
before(async () => { browser = await launch(); server = await serve(); });
after(() => { server.close(); return browser.close(); });

async function find(page, words) {
  await page.fill('.search input', words);
  await page.waitForFunction(() => document.querySelectorAll('#search-found li').length > 0);
  return page.locator('#search-found li').allInnerTexts();
}

for (const [name, base] of [['disk', () => disk], ['a server under a path', () => server.base]]) {
  test(`classes, confusions, layers, samples and words are found, from ${name}`, async () => {
    const context = await browser.newContext();
    const { page, faults } = await open(context, 'errors/horse-as-dog/index.html', base());
    const before = await page.evaluate(() => performance.getEntriesByType('resource').filter(found => /search/.test(found.name)).length);
    assert.equal(before, 0, 'nothing of the search is loaded before it is wanted');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
    assert.match((await find(page, 'horse'))[0], /^horse\s+class/);
    assert.match((await find(page, 'horse dog')).join('\n'), /horse taken for dog/);
    assert.match((await find(page, 'conv_0'))[0], /conv_0\s+layer/);
    assert.match((await find(page, 'wilson')).join('\n'), /How every number is made/);
    assert.match((await find(page, 'no such words at all')).join(), /Nothing found/);
    assert.match((await find(page, String(report.mistakes[0])))[0], new RegExp(`Sample ${report.mistakes[0]}`));
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/samples/${String(report.mistakes[0]).padStart(6, '0')}/index.html`);
    await page.keyboard.press('/');
    await find(page, 'truck taken for car');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/errors/truck-as-car/index.html');
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test('the list of what was found is sound for a screen reader, in both schemes and on a phone', async () => {
  for (const options of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { viewport: { width: 360, height: 740 } }]) {
    const context = await browser.newContext({ ...options, bypassCSP: true });
    const { page, faults } = await open(context, 'errors/horse-as-dog/index.html');
    await page.focus('.search input');
    await find(page, 'horse');
    assert.deepEqual(await violations(page), []);
    await page.fill('.search input', 'no such words at all');
    await page.waitForSelector('#search-found .nothing, .search .nothing');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(faults, []);
    await context.close();
  }
});
