import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import type { KeptFinding, ToldRun } from '../../../lib/domain/reconciliation.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

const MINUTE = 60_000;

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
});
afterAll(() => test?.stop());

const clicked = async (orderId: string): Promise<{ url: string; linkId: string }> => {
  const order = await test.order({ orderId, productId: 'utah' });
  const url = (await fetch(test.payUrl(order), { redirect: 'manual' })).headers.get('location') ?? '';
  const link = test.stack.stripe.objects.paymentLinks.find((each) => each.url === url);
  return { url, linkId: link?.id ?? '' };
};
const told = ({ told }: { told: Record<string, unknown> }) =>
  told as unknown as { reconciliation: ToldRun; findings: KeptFinding[] };

describe('ops', () => {
  it('are told that no daily run has been made yet, and what a wrong day is', async () => {
    const { code, text } = await ops.json('reconcile --last');
    expect([code, text]).toEqual([1, expect.stringContaining('There has been no daily reconciliation yet')]);
    expect((await ops.run('reconcile --since yesterday')).code).toBe(2);
    expect((await ops.json('reconcile --since 2031-01-01')).text).toContain("can't begin in the future");
  });

  it('look, are shown what does not agree, repair it by its hash, and look again', async () => {
    // The run of the day is made, and finds nothing.
    await test.stack.clock.advance(6 * MINUTE);
    const agreed = await ops.run('reconcile --last');
    expect([agreed.code, agreed.stdout]).toEqual([
      0,
      expect.stringContaining('Stripe, orders and mail agreed.'),
    ]);

    const [paid, off] = [await clicked('81'), await clicked('82')];
    const { apiKey, host, port, webhooks } = test.stack.stripe;
    const stripe = new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false });
    await stripe.paymentLinks.update(off.linkId, { active: false });
    webhooks.drop(() => true);
    await visitor.pay(paid.url);
    await test.stack.settled();
    webhooks.undisturbed();
    const { orderId, shard } = await test.order({ orderId: '83', productId: 'utah' });
    await test.blasts.create(aMailing({ blastId: 'bls_1', productId: 'utah', state: 'complete' }));
    const row = aLedgerRow({ blastId: 'bls_1', orderId, shard, state: 'claimed' });
    await test.blasts.claim(row);
    await test.blasts.settle({ ...row, state: 'held', reason: 'no_answer' });
    await test.stack.clock.advance(40 * MINUTE);

    const seen = await ops.run('reconcile');
    const paymentId = test.stack.stripe.objects.paymentIntents.at(-1)?.id;
    expect(seen.code).toBe(1);
    expect(seen.stdout).toMatch(
      /^! 1 payment at Stripe that the order does not know \(\$55\.00\); repaired: /m,
    );
    expect(seen.stdout).toContain(`  order 81, ${paymentId}, $55.00`);
    expect(seen.stdout).toMatch(/^! 1 order whose link is switched off at Stripe \(\$55\.00\); repaired: /m);
    expect(seen.stdout).toContain(`  order 82, ${off.linkId}, $55.00`);
    expect(seen.stdout).toMatch(/^✗ 1 mail of which nobody knows whether it left, for a person: /m);
    expect(seen.stdout).toContain(
      `→ npm run ops -- blast settle bls_1 83 --address ${row.addressKey} --sent --reason "they have it" --stage dev --local ${test.stack.gatewayUrl}`,
    );
    const [, hash = ''] = /reconcile --apply ([0-9a-f]{32}) --stage dev/.exec(seen.stdout) ?? [];
    expect(statusOf(await test.mustGet('81'))).toBe('pending');

    const refused = await ops.run(`reconcile --apply ${hash}`, 'no\n');
    expect([refused.code, refused.stdout]).toEqual([2, expect.stringContaining('Nothing was written.')]);
    expect(refused.stderr).toContain('Repair 2 findings, for $110.00? Type yes:');
    expect(statusOf(await test.mustGet('81'))).toBe('pending');
    expect((await ops.json(`reconcile --apply ${'0'.repeat(32)} --yes`)).code).toBe(4);

    const done = await ops.run(`reconcile --apply ${hash} --by Kim`, 'yes\n');
    expect(done.code).toBe(1);
    expect(done.stdout).toMatch(
      /^✓ 1 payment at Stripe that the order does not know \(\$55\.00\): repaired\.$/m,
    );
    expect(done.stdout).toMatch(/^✗ 1 mail of which nobody knows/m);
    expect(statusOf(await test.mustGet('81'))).toBe('paid');
    expect((await test.mustGet('82')).generation).toBe(2);

    const again = await ops.json(`reconcile --apply ${hash} --yes`);
    expect(told(again).reconciliation).toMatchObject({ hash, results: { repaired: 2, person: 1 } });
    await test.blasts.settleHeld(row, { state: 'sent', reason: 'asked', at: row.claimedAt });
    const after = await ops.json('reconcile --since 2026-01-01');
    expect([after.code, told(after).findings]).toEqual([0, []]);
  });

  it('see on the day after what the stage repaired by itself', async () => {
    const { linkId } = await clicked('84');
    const { apiKey, host, port } = test.stack.stripe;
    const stripe = new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false });
    await stripe.paymentLinks.update(linkId, { active: false });
    await test.stack.clock.advance(25 * 60 * MINUTE);
    const { code, stdout } = await ops.run('reconcile --last');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ 1 order whose link is switched off at Stripe \(\$55\.00\): repaired\.$/m);
    expect(stdout).toContain(`  order 84, ${linkId}, $55.00`);
  });
});
