// What the browser tests share: the site, a browser, pages that collect what must not happen on them, and a server that
// has the site below a path, as GitHub Pages has it.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const site = path.resolve(process.env.SITE ?? '../../target/tmp/demo');
export const disk = pathToFileURL(site + path.sep).href;
export const report = JSON.parse(readFileSync(path.join(site, 'data/report.json'), 'utf8'));

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with a page as it stands; the page's context must bypass the policy. */
export async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(() => globalThis.axe.run({ preload: false }).then(result => result.violations.map(violation => `${violation.id}: ${violation.nodes[0].target}`)));
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'],
  });
}

/** A page below a base, with the faults that occur on it: errors, failed requests, requests that leave the site. */
export async function open(context, address, base = disk) {
  const page = await context.newPage();
  const faults = [];
  page.on('console', message => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', error => faults.push(String(error)));
  // A request that the next page cut off is no fault of the site.
  page.on('requestfailed', request => request.failure()?.errorText === 'net::ERR_ABORTED' || faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('request', request => [base, 'data:', 'blob:'].some(start => request.url().startsWith(start)) || faults.push(`outside: ${request.url()}`));
  await page.goto(base + address, { waitUntil: 'load' });
  return { page, faults };
}

const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', png: 'image/png', webp: 'image/webp', jpg: 'image/jpeg', csv: 'text/csv', json: 'application/json' };

/** Serves a folder below /reports/demo/; nothing else is there. */
export async function serve(folder = site) {
  const below = '/reports/demo/';
  const server = createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = path.join(folder, asked.slice(below.length));
    if (!asked.startsWith(below) || !file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[file.split('.').pop()] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return { base: `http://127.0.0.1:${server.address().port}${below}`, close: () => server.close() };
}
