// Lighthouse on a report as `layerscope serve` shows it: the overview, the gallery, a sample, a layer, a channel.
// By hand, for it takes a minute and 200 MB:
//   npm i --no-save lighthouse@12 && SITE=../../target/tmp/demo node lighthouse.js
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const site = path.resolve(process.env.SITE ?? '../../target/tmp/demo');
const binary = path.resolve(process.env.LAYERSCOPE ?? '../../target/release/layerscope');
const least = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };

const { default: lighthouse } = await import('lighthouse');
const { launch } = await import('chrome-launcher');

const first = folder => readdirSync(path.join(site, folder)).find(name => /^\d+$/.test(name));
const pages = ['', 'samples/', `samples/${first('samples')}/`, 'layers/conv_1/', `layers/conv_1/channels/${first('layers/conv_1/channels')}/`];

const server = spawn(binary, ['serve', site, '--port', '0']);
const url = await new Promise((resolve, reject) => {
  server.stdout.on('data', line => { const found = /http:\/\/\S+/.exec(line); if (found) resolve(found[0]); });
  server.on('exit', code => reject(new Error(`layerscope serve ended with ${code}`)));
});
const chrome = await launch({ chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
let failed = 0;
try {
  for (const page of pages) {
    const { lhr } = await lighthouse(url + page, { port: chrome.port, output: 'json', logLevel: 'error' });
    const scores = Object.entries(lhr.categories).map(([name, category]) => [name, Math.round(category.score * 100)]);
    console.log(page || 'index.html', scores.map(([name, score]) => `${name} ${score}`).join(', '));
    for (const [name, score] of scores) {
      if (score >= least[name]) continue;
      failed += 1;
      for (const { id, weight } of lhr.categories[name].auditRefs) {
        if (weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9) console.log(`  ${id}: ${lhr.audits[id].title} ${lhr.audits[id].displayValue ?? ''}`);
      }
    }
  }
} finally {
  await chrome.kill();
  server.kill();
}
process.exitCode = failed ? 1 : 0;
