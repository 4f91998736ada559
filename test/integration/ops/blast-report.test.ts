import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlastReport } from '../../../lib/domain/blast-report.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { opsOf, runOps } from '../../support/ops.ts';
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
    const states = ['delivered', 'skipped', 'held', 'bounced', 'failed'] as const;
    for (const [i, state] of states.entries()) {
      const { orderId, shard } = await test.order({ orderId: `8${i}` });
      const address = `${orderId}@family.example`;
      const reason = { skipped: 'paid', failed: 'address', bounced: 'permanent' }[String(state)] ?? null;
      await test.blasts.claim(aLedgerRow({ blastId: ID, orderId, shard, address, state, reason }));
    }
    expect((await ops.run('blasts')).stdout).toMatch(
      /^bls_office +tournament +notice .* paused +– +– +– +–$/m,
    );

    const { stdout, code } = await ops.run(`blast-report ${ID}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^audience +5 +100 %$/m);
    expect(stdout).toMatch(/^ {2}sent +2 +40 %$/m);
    expect(stdout).toMatch(/^ {4}.+ \(paid\) +1 +20 %$/m);
    expect(stdout).toMatch(/^ {2}82 {2}82@family\.example {2}[0-9a-f]{32} {2}since 2026-04-14 12:00 UTC$/m);
    expect(stdout).toContain('It waits: somebody has paused it (Kim), since');
    expect(stdout).toContain('Money at risk: $220.00 on 4 orders none of whose addresses was reached.');
    expect(stdout).toMatch(/^! 2 mails failed or came back:$/m);
    expect(stdout).toMatch(/^ {2}83 {2}83@family\.example {2}came back for good: ask for another address$/m);
    expect(stdout).toMatch(
      /^ {2}84 {2}84@family\.example {2}no mail can be sent to this address: correct it in the roster$/m,
    );
    expect(stdout).toContain(`blast settle ${ID} <order> --stage dev`);

    const { told } = await ops.json(`blast-report ${ID} --fresh-within 3600`);
    const report = told.report as BlastReport;
    expect(report.funnel).toMatchObject({ audience: 5, sent: 2, delivered: 1, skipped: 1, held: 1 });
    expect(report.held).toMatchObject([{ orderId: '82' }]);
    expect((await ops.run('blasts')).stdout).toMatch(/^bls_office .* 2 of 5 +1 +0 % +–$/m);
    expect((await ops.run(`blast-report ${ID} --fresh-within soon`)).code).toBe(2);
  });

  it('is told plainly when the ledger lacks a mail that was counted before, and what a canceled one will not send', async () => {
    const sent = async (): Promise<string> => {
      const { preview } = (await ops.json('blast preview cup')).told;
      const { hash } = preview as { hash: string };
      const { told } = await runOps(
        [
          'blast',
          'send',
          hash,
          '--at',
          '2026-12-01 09:00',
          '--json',
          '--stage',
          'dev',
          '--local',
          test.stack.gatewayUrl,
        ],
        { env: {} },
      ).then(({ stdout }) => ({ told: JSON.parse(stdout) as { blastId: string } }));
      return told.blastId;
    };
    const end = (blastId: string, state: 'complete' | 'canceled') =>
      test.blasts.advance(blastId, ['planned'], { state, waiting: null }, instant(test.stack.clock.now()));
    const orders = [
      await test.order({ orderId: '90', productId: 'cup' }),
      await test.order({ orderId: '91', productId: 'cup' }),
    ];
    const [short, stopped] = [await sent(), await sent()];
    for (const blastId of [short, stopped]) {
      const { orderId, shard } = orders[0] ?? { orderId: '', shard: 0 };
      await test.blasts.claim(aLedgerRow({ blastId, orderId, shard, state: 'delivered' }));
    }
    await end(short, 'complete');
    await end(stopped, 'canceled');

    const told = await ops.run(`blast-report ${short}`);
    expect(told.stdout).toContain(
      'Before it left 2 mails were counted, those to be left out too; the ledger has 1.',
    );
    expect(told.stdout).toMatch(/^✗ 1 of 2 mails that were counted before it left are not in the ledger/m);
    expect(told.code).toBe(1);
    const canceled = await ops.run(`blast-report ${stopped}`);
    expect(canceled.stdout).toMatch(/^ {2}not begun, and will not come +1 +50 %$/m);
    expect(canceled.code).toBe(0);
  });

  it('asks the function itself for too much, and is told what is wrong', async () => {
    const asked = async (input: object) => JSON.stringify(await test.stack.invoke('report-blast', input));
    expect(await asked({})).toContain('blastId: is missing');
    expect(await asked({ blastId: ID, all: true })).toContain('all: is not known here');
    expect(await asked({ action: 'start' })).toContain('action:');
  });
});
