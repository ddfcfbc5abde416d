// The finished report in a real browser, opened from disk as a reader opens it.
//   SITE=path/to/site CHROMIUM=/usr/bin/chromium node --test
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { readFileSync, readdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const site = path.resolve(process.env.SITE ?? '../../target/tmp/demo');
const root = pathToFileURL(site + path.sep).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const report = JSON.parse(readFileSync(path.join(site, 'data/report.json'), 'utf8'));
const mistake = readdirSync(path.join(site, 'samples')).find(name => /^\d+$/.test(name));
// One page of each kind.
const kinds = [
  'index.html', 'errors/index.html', 'errors/horse-as-dog/index.html', 'classes/index.html', 'classes/horse/index.html',
  'samples/index.html', 'samples/page-2/index.html', `samples/${mistake}/index.html`, 'layers/index.html',
  'layers/conv_0/index.html', 'layers/conv_2/index.html', 'layers/dense_0/index.html', 'weights/index.html',
  'quality/index.html', 'calibration/index.html', 'labels/index.html', 'review/index.html', 'method/index.html', '404.html',
];
const views = [
  { name: 'light', viewport: { width: 1360, height: 900 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1360, height: 900 }, colorScheme: 'dark' },
  { name: 'phone', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  { name: 'wide', viewport: { width: 2560, height: 1300 }, colorScheme: 'dark' },
];

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'],
  });
});
after(() => browser.close());

/** A page that collects what must not happen on it. */
async function open(context, address) {
  const page = await context.newPage();
  const faults = [];
  page.on('console', message => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', error => faults.push(String(error)));
  // A request that the next page cut off is no fault of the site.
  page.on('requestfailed', request => request.failure()?.errorText === 'net::ERR_ABORTED' || faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('request', request => request.url().startsWith(root) || request.url().startsWith('data:') || faults.push(`outside: ${request.url()}`));
  await page.goto(root + address, { waitUntil: 'load' });
  return { page, faults };
}

for (const view of views) {
  test(`every kind of page is sound: ${view.name}`, async t => {
    const context = await browser.newContext({ viewport: view.viewport, colorScheme: view.colorScheme, bypassCSP: true });
    for (const address of kinds) {
      await t.test(address, async () => {
        const { page, faults } = await open(context, address);
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(tooWide <= 1, `${tooWide}px wider than the screen`);
        const blank = await page.evaluate(() => [...document.images].filter(image => image.complete && image.naturalWidth === 0).map(image => image.src));
        assert.deepEqual(blank, [], 'pictures that did not load');
        await page.evaluate(axe);
        const violations = await page.evaluate(() => globalThis.axe.run({ preload: false }).then(result => result.violations.map(violation => `${violation.id}: ${violation.nodes[0].target}`)));
        assert.deepEqual(violations, []);
        assert.deepEqual(faults, []);
        await page.close();
      });
    }
    await context.close();
  });
}

test('the policy of the pages themselves breaks nothing', async () => {
  const context = await browser.newContext();
  for (const address of kinds) {
    const { page, faults } = await open(context, address);
    assert.deepEqual(faults, [], address);
    await page.close();
  }
  await context.close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`from the overview to a horse taken for a dog and back, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const context = await browser.newContext({ javaScriptEnabled });
    const { page, faults } = await open(context, 'index.html');
    await page.click('main a[href="errors/horse-as-dog/index.html"]');
    await page.waitForURL('**/errors/horse-as-dog/index.html');
    const confusion = report.confusions.find(found => found.truth === 'horse' && found.prediction === 'dog');
    const first = String(confusion.samples[0]).padStart(6, '0');
    await page.click(`main a[href="../../samples/${first}/index.html"] >> nth=0`);
    await page.waitForURL(`**/samples/${first}/index.html`);
    assert.match(await page.locator('h1').innerText(), /horse[^]*dog/);
    await page.click('main a[href="../../layers/conv_0/index.html"] >> nth=0');
    await page.waitForURL('**/layers/conv_0/index.html');
    await page.goBack();
    await page.goBack();
    assert.ok(page.url().endsWith('errors/horse-as-dog/index.html'));
    await page.click('nav a[href="../../index.html"] >> nth=0');
    await page.waitForURL('**/index.html');
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test('the theme follows the system, is switched and stays, and never flashes', async () => {
  const context = await browser.newContext({ colorScheme: 'dark' });
  const { page, faults } = await open(context, 'index.html');
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.click('.theme');
  assert.equal(await page.innerText('.theme'), 'Theme: light');
  const light = await paper();
  assert.notEqual(light, dark);
  // Before anything is drawn, for the script that remembers stands before the body.
  await page.addInitScript(() => new MutationObserver((_, observer) => {
    if (document.body) { globalThis.first = document.documentElement.dataset.theme; observer.disconnect(); }
  }).observe(document, { childList: true, subtree: true }));
  await page.goto(root + 'layers/index.html');
  assert.equal(await page.evaluate(() => globalThis.first), 'light');
  assert.equal(await paper(), light);
  for (const next of ['Theme: dark', 'Theme: system']) {
    await page.click('.theme');
    assert.equal(await page.innerText('.theme'), next);
    assert.equal(await paper(), dark);
  }
  await page.reload();
  assert.equal(await page.innerText('.theme'), 'Theme: system');
  assert.deepEqual(faults, []);
  await context.close();
});

test('the first view of any kind of page is small', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  for (const address of kinds) {
    const page = await context.newPage();
    let requests = 0;
    let bytes = 0;
    page.on('requestfinished', request => {
      requests += 1;
      bytes += readFileSync(path.join(site, decodeURIComponent(new URL(request.url()).pathname).slice(new URL(root).pathname.length))).length;
    });
    await page.goto(root + address, { waitUntil: 'load' });
    assert.ok(requests <= 30, `${address}: ${requests} requests`);
    assert.ok(bytes <= 1_000_000, `${address}: ${bytes} bytes`);
    await page.close();
  }
  await context.close();
});
