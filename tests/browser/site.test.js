// The finished report in a real browser, opened from disk as a reader opens it.
//   SITE=path/to/site CHROMIUM=/usr/bin/chromium node --test
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { readFileSync, readdirSync } from 'node:fs';
import { HtmlValidate } from 'html-validate';
import { chromium } from 'playwright-core';

const site = path.resolve(process.env.SITE ?? '../../target/tmp/demo');
const root = pathToFileURL(site + path.sep).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const report = JSON.parse(readFileSync(path.join(site, 'data/report.json'), 'utf8'));

/** Pages of a folder and those below it, by their path from the site's root. */
function pagesBelow(folder = '') {
  return readdirSync(path.join(site, folder), { withFileTypes: true }).flatMap(entry => {
    const name = folder + entry.name;
    return entry.isDirectory() ? pagesBelow(name + '/') : name.endsWith('.html') ? [name] : [];
  });
}

/** What pages have in common that one template makes: their address without numbers and without names of the model's. */
function kindOf(address) {
  const parts = address.replace(/\d+/g, '#').split('/');
  if (['errors', 'classes', 'layers'].includes(parts[0]) && parts.length > 2) parts[1] = '*';
  return parts.join('/');
}

// One page of each kind, whatever kinds there are; more of those that differ among themselves.
const wanted = ['errors/horse-as-dog/index.html', 'classes/horse/index.html', 'layers/conv_0/index.html', 'layers/conv_2/index.html', 'layers/dense_0/index.html'];
const everyPage = pagesBelow().sort();
const kinds = [...new Map([...everyPage].reverse().map(address => [kindOf(address), address])).values()]
  .filter(address => !wanted.some(other => kindOf(other) === kindOf(address))).concat(wanted).sort();
assert.ok(kinds.length >= 15 && kinds.length <= 60, kinds.join(' '));
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
    const loaded = [];
    page.on('requestfinished', request => loaded.push(request.url().split('#')[0]));
    await page.goto(root + address, { waitUntil: 'load' });
    // Browsers fetch pictures long before they are scrolled to; what is seen first is what lies within the window.
    const below = await page.evaluate(() => {
      const isSeen = image => {
        const box = (image.closest('.crop') ?? image).getBoundingClientRect();
        return box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0;
      };
      const seen = new Set([...document.images].filter(isSeen).map(image => image.currentSrc));
      return [...document.images].map(image => image.currentSrc).filter(source => !seen.has(source));
    });
    const first = [...new Set(loaded)].filter(url => !below.includes(url));
    const bytes = first.reduce((sum, url) => sum + readFileSync(new URL(url)).length, 0);
    assert.ok(first.length <= 30, `${address}: ${first.length} requests`);
    assert.ok(bytes <= 300 * 1024, `${address}: ${bytes} bytes`);
    await page.close();
  }
  await context.close();
});

test('every kind of page is valid HTML', async () => {
  const validator = new HtmlValidate({
    root: true,
    extends: ['html-validate:recommended'],
    rules: {
      // The house's own spelling.
      'doctype-style': ['error', { style: 'lowercase' }],
      // Quotes and end tags are left out where the standard lets them go.
      'attr-quotes': ['error', { unquoted: true }],
      'no-implicit-close': 'off',
      // Places and lengths are computed; they stand where they hold.
      'no-inline-style': 'off',
      // A list or a table has a name where several stand on a page.
      'aria-label-misuse': ['error', { allowAnyNamable: true }],
      // What scrolls sideways is a region that takes the focus, whatever it holds.
      'prefer-native-element': ['error', { exclude: ['region'] }],
    },
  });
  const faults = [];
  for (const address of kinds) {
    const report = await validator.validateFile(path.join(site, address));
    for (const { messages } of report.results) faults.push(...messages.map(message => `${address}:${message.line} ${message.ruleId}: ${message.message}`));
  }
  assert.deepEqual(faults, []);
});

test('headings skip no level, and landmarks and tables have what a screen reader needs', async () => {
  const context = await browser.newContext({ javaScriptEnabled: true });
  for (const address of kinds) {
    const { page } = await open(context, address);
    const faults = await page.evaluate(() => {
      const faults = [];
      const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(heading => Number(heading.tagName[1]));
      if (levels.filter(level => level === 1).length !== 1) faults.push('not one h1');
      levels.forEach((level, at) => at && level > levels[at - 1] + 1 && faults.push(`h${levels[at - 1]} before h${level}`));
      for (const landmark of ['header', 'nav', 'main', 'footer', 'a.skip[href="#main"]']) if (!document.querySelector(landmark)) faults.push(`no ${landmark}`);
      for (const table of document.querySelectorAll('table:not(.heat)')) if (!table.querySelector('th')) faults.push(`a table without headers: ${table.className}`);
      for (const image of document.images) if (!image.hasAttribute('alt')) faults.push(`no words for ${image.src}`);
      return faults;
    });
    assert.deepEqual(faults, [], address);
    await page.close();
  }
  await context.close();
});

test('on paper there is the content and nothing to press', async () => {
  const context = await browser.newContext({ colorScheme: 'dark' });
  for (const address of kinds) {
    const { page } = await open(context, address);
    await page.emulateMedia({ media: 'print' });
    const paper = await page.evaluate(() => ({
      dark: getComputedStyle(document.documentElement).colorScheme !== 'light',
      shown: [...document.querySelectorAll('.rail, .theme, .skip')].filter(element => element.checkVisibility()).length,
      heading: document.querySelector('h1').checkVisibility(),
    }));
    assert.deepEqual(paper, { dark: false, shown: 0, heading: true }, address);
    await page.close();
  }
  await context.close();
});

test('a channel is reached from its layer, its map opens large by keyboard and by mouse', async () => {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const { page, faults } = await open(context, 'layers/conv_1/index.html');
  await page.click('.channels tbody a >> nth=0');
  await page.waitForURL('**/layers/conv_1/channels/*/index.html');
  assert.equal(await page.locator('.exemplars:not(.single) li').count(), 9);
  assert.ok(await page.locator('.framed i').count() > 0, 'receptive fields are marked');
  const map = page.locator('.zoom .crop >> nth=0');
  await map.focus();
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('dialog.lens').isVisible());
  await page.keyboard.press('Escape');
  await map.click();
  assert.ok(await page.locator('dialog.lens').isVisible());
  await page.click('dialog.lens button');
  await page.click('.feeds a >> nth=0');
  await page.waitForURL('**/layers/pool_0/**');
  assert.deepEqual(faults, []);
  await context.close();
});

test('the site works from a server below any path', async () => {
  const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', png: 'image/png', webp: 'image/webp' };
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    try {
      if (!name.startsWith('/a/b/')) throw new Error('outside');
      const file = path.join(site, name.slice('/a/b/'.length));
      const content = readFileSync(file);
      response.writeHead(200, { 'content-type': types[file.split('.').pop()] ?? 'application/octet-stream' }).end(content);
    } catch { response.writeHead(404).end(); }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext();
  const page = await context.newPage();
  const faults = [];
  page.on('console', message => message.type() === 'error' && faults.push(message.text()));
  page.on('response', response => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/a/b/index.html`);
    await page.click('main a[href="errors/horse-as-dog/index.html"] >> nth=0');
    await page.waitForURL('**/a/b/errors/horse-as-dog/index.html');
    await page.click('nav a[href="../../layers/index.html"] >> nth=0');
    await page.waitForURL('**/a/b/layers/index.html');
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
    server.close();
  }
});
