import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blast } from './blast.ts';
import { coldStart } from './cold-start.ts';
import { compileCache } from './compile-cache.ts';
import { reconcile } from './reconcile.ts';
import { recover } from './recover.ts';
import { click, throughput, webhook } from './throughput.ts';
import { webhooks } from './webhooks.ts';

/**
 * `npm run bench -- <name>`: a table for people and, as last line, one line of JSON. Without a name every bench
 * runs, one after the other.
 */
const benches: Record<string, (scratch: string) => Promise<object>> = {
  'cold-start': (scratch) => coldStart(scratch, 31),
  click: (scratch) => throughput(click, scratch, 11),
  webhook: (scratch) => throughput(webhook, scratch, 11),
  webhooks: () => webhooks(),
  blast,
  reconcile: () => reconcile(),
  recover,
  'compile-cache': (scratch) => compileCache(scratch, 15),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const [name, run] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const scratch = mkdtempSync(join(tmpdir(), 'club-payments-bench-'));
  try {
    console.log(`\n${name}: Node ${process.version}, ${process.platform} ${process.arch}`);
    console.log(JSON.stringify(await run(scratch)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
