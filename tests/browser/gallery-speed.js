// How fast the gallery opens and scrolls; run by hand on a large report (tools/made_test_set.py makes the images):
//   node gallery-speed.js SITE
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node gallery-speed.js SITE');
  process.exit(2);
}
const gallery = pathToFileURL(path.resolve(folder, 'samples/index.html')).href;
const SECONDS = 4;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await (await browser.newContext({ viewport: { width: 1360, height: 900 } })).newPage();
const counted = () => page.waitForFunction(() => /images$/.test(document.querySelector('.shown-count')?.textContent ?? '') && document.querySelector('.wall li'));

let start = performance.now();
await page.goto(gallery, { waitUntil: 'commit' });
await counted();
console.log(`opens in ${Math.round(performance.now() - start)} ms`);
for (const step of [20, 120, 3000]) {
  const frames = await page.evaluate(async ({ step, seconds }) => {
    scrollTo(0, 3000);
    await new Promise(done => setTimeout(done, 300));
    const times = [], from = performance.now();
    let last;
    await new Promise(done => {
      const tick = now => {
        if (last) times.push(now - last);
        last = now;
        scrollBy({ top: step, behavior: 'instant' });
        if (now - from < 1000 * seconds) requestAnimationFrame(tick);
        else done();
      };
      requestAnimationFrame(tick);
    });
    return times.sort((a, b) => a - b);
  }, { step, seconds: SECONDS });
  const sum = frames.reduce((a, b) => a + b);
  console.log(`${step} px a frame: ${(1000 * frames.length / sum).toFixed(1)} frames/s, 95 % of frames within ${frames[Math.floor(frames.length * 0.95)].toFixed(1)} ms`);
}
// A page of its own, so that nothing is there yet.
await page.goto('about:blank');
start = performance.now();
await page.goto(`${gallery}#answer=wrong&sort=loss`, { waitUntil: 'commit' });
await page.waitForFunction(() => / of .* images$/.test(document.querySelector('.shown-count')?.textContent ?? ''));
console.log(`all mistakes by loss in ${Math.round(performance.now() - start)} ms`);
await browser.close();
