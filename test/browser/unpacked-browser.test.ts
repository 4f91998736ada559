import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { npmBringsOne, unpackedBrowser } from '../../infra/local/browser.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'club-payments-browser-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.runIf(npmBringsOne)(
  'whoever comes while the browser is being unpacked gets one that is whole',
  async () => {
    const started = async (): Promise<string> => {
      const program = await unpackedBrowser(join(folder, 'unpacked'));
      return (await promisify(execFile)(program, ['--version'])).stdout;
    };
    const first = started();
    await vi.waitUntil(
      async () => (await readdir(folder, { recursive: true })).some((file) => basename(file) === 'chromium'),
      { timeout: 30_000, interval: 20 },
    );
    for (const version of await Promise.all([first, started()])) expect(version).toMatch(/Chrom/);
    expect(await readdir(folder)).toEqual(['unpacked']);
  },
);
