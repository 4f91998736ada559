import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlastReport } from '../../../lib/domain/blast-report.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

const ID = 'bls_office';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
});
afterAll(() => test?.stop());

describe('ops', () => {
  it('sees that there has been no mailing yet, and that one that never was is not there', async () => {
    expect((await ops.json('blasts')).text).toContain('There has been no mailing yet.');
    const { code, text } = await ops.json(`blast-report ${ID}`);
    expect([code, text]).toEqual([1, `There is no mailing ${ID}. `]);
  });

  it('reads what became of a mailing, as text and as JSON, and then finds it counted in the list', async () => {
    const now = instant(test.stack.clock.now());
    const waiting = { reason: 'asked', since: now, until: null, by: 'Kim' } as const;
    await test.blasts.create(aMailing({ blastId: ID, productId: 'tournament', state: 'paused', waiting }));
    const states = ['delivered', 'skipped', 'held', 'bounced'] as const;
    for (const [i, state] of states.entries()) {
      const { orderId, shard } = await test.order({ orderId: `8${i}` });
      const address = `${orderId}@family.example`;
      const reason = state === 'skipped' ? 'paid' : null;
      await test.blasts.claim(aLedgerRow({ blastId: ID, orderId, shard, address, state, reason }));
    }
    expect((await ops.run('blasts')).stdout).toMatch(
      /^bls_office +tournament +notice .* paused +– +– +– +–$/m,
    );

    const { stdout, code } = await ops.run(`blast-report ${ID}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^audience +4 +100 %$/m);
    expect(stdout).toMatch(/^ {2}sent +2 +50 %$/m);
    expect(stdout).toMatch(/^ {4}.+ \(paid\) +1 +25 %$/m);
    expect(stdout).toMatch(/^ {2}82 {2}[0-9a-f]{32} {2}since 2026-04-14 12:00 UTC$/m);
    expect(stdout).toContain('It waits: somebody has paused it (Kim), since');
    expect(stdout).toContain('Money at risk: $165.00 on 3 orders none of whose addresses was reached.');
    expect(stdout).toContain(`blast settle ${ID} <order> --stage dev`);

    const { told } = await ops.json(`blast-report ${ID} --fresh-within 3600`);
    const report = told.report as BlastReport;
    expect(report.funnel).toMatchObject({ audience: 4, sent: 2, delivered: 1, skipped: 1, held: 1 });
    expect(report.held).toMatchObject([{ orderId: '82' }]);
    expect((await ops.run('blasts')).stdout).toMatch(/^bls_office .* 2 of 4 +1 +0 % +–$/m);
    expect((await ops.run(`blast-report ${ID} --fresh-within soon`)).code).toBe(2);
  });

  it('asks the function itself for too much, and is told what is wrong', async () => {
    const asked = async (input: object) => JSON.stringify(await test.stack.invoke('report-blast', input));
    expect(await asked({})).toContain('blastId: is missing');
    expect(await asked({ blastId: ID, all: true })).toContain('all: is not known here');
    expect(await asked({ action: 'start' })).toContain('action:');
  });
});
