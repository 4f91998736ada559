import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MODULE = join(import.meta.dirname, '../../../infra/ops/confirm.ts');

/** In a process of its own, whose input and output it reads and writes. @param input null: its end, at once */
const asked = (input: string | null, options: object = {}): Promise<{ code: number | null; said: string }> =>
  new Promise((resolve, reject) => {
    const program = `
      import { confirm } from ${JSON.stringify(MODULE)};
      try {
        await confirm('Recover 17 orders', [{ amountMinor: 98500, currency: 'usd' }], ${JSON.stringify(options)});
        console.log('written');
      } catch (error) {
        console.log(error.outcome, error.message);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
    child.stdin.end(input ?? undefined);
  });

describe('before money moves', () => {
  it('a person is told the sum, and types yes', async () => {
    const { said } = await asked('yes\n');
    expect(said).toBe('Recover 17 orders, for $985.00? Type yes: written\n');
  });

  it.each(['no\n', 'y\n', '\n', null])('%j writes nothing', async (input) => {
    const { code, said } = await asked(input);
    expect(said).toMatch(/usage Nothing was written\.\n$/);
    expect(code).toBe(0);
  });

  it('with --yes nobody is asked', async () => {
    expect((await asked(null, { yes: true })).said).toBe('written\n');
  });
});
