import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import type { KeptFinding, ToldRun } from '../../../lib/domain/reconciliation.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { stripeAt } from '../../support/stripe-client.ts';

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
    const { webhooks } = test.stack.stripe;
    const stripe = stripeAt(test.stack.stripe);
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
      /^✗ 1 payment at Stripe that the order does not know \(\$55\.00\); repaired: /m,
    );
    expect(seen.stdout).toContain(`  order 81, ${paymentId}, $55.00`);
    expect(seen.stdout).toMatch(/^✗ 1 order whose link is switched off at Stripe \(\$55\.00\); repaired: /m);
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

    const waits = await ops.run('attention');
    expect([waits.code, waits.stdout]).toEqual([
      1,
      expect.stringMatching(
        /^✗ 1 mail of which nobody knows whether it left: held back .*\.\n✗ order 83, since \d{4}-.* UTC\.\n {2}→ settle it: npm run ops -- blast settle bls_1 83 --address /m,
      ),
    ]);
    expect(waits.stdout).toMatch(/^Stripe and the orders were compared last at \d{4}-.* UTC\.$/m);
    expect((await ops.json('attention --product jersey')).told).toMatchObject({ waiting: [] });
    expect((await ops.json('attention --product utah')).told).toMatchObject({
      ...{ items: [], unmatched: [] },
      waiting: [
        {
          ...{ kind: 'held_delivery', orderId: '83', checked: true },
          means: 'held back so that nobody is written to twice',
          ways: [{ command: expect.stringMatching(/^blast settle bls_1 83 /) }],
        },
      ],
    });

    const again = await ops.json(`reconcile --apply ${hash} --yes`);
    expect(told(again).reconciliation).toMatchObject({ hash, results: { repaired: 2, person: 1 } });
    await test.blasts.settleHeld(row, { state: 'sent', reason: 'asked', at: row.claimedAt });
    const after = await ops.json('reconcile --since 2026-01-01');
    expect([after.code, told(after).findings]).toEqual([0, []]);
  });

  it('are told by the exit code of what can only be repaired, see that the stage did it by the next day, and close the link that it left to them', async () => {
    const { linkId } = await clicked('84');
    const stripe = stripeAt(test.stack.stripe);
    await stripe.paymentLinks.update(linkId, { active: false });
    const looked = await ops.json('reconcile');
    expect([looked.code, told(looked).findings]).toMatchObject([
      1,
      [{ kind: 'inactive_surface', about: linkId }],
    ]);
    const stray = await stripe.paymentLinks.create({
      line_items: [
        {
          quantity: 1,
          price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Spring fee' } },
        },
      ],
      metadata: { system: 'club-payments/dev', order_id: 'ord_gone' },
    });
    await test.stack.clock.advance(25 * 60 * MINUTE);
    const place = `--stage dev --local ${test.stack.gatewayUrl}`;
    const { code, stdout } = await ops.run('reconcile --last');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✓ 1 order whose link is switched off at Stripe \(\$55\.00\): repaired\.$/m);
    expect(stdout).toContain(`  order 84, ${linkId}, $55.00`);
    const waits = await ops.run('attention');
    expect([waits.code, waits.stdout]).toEqual([
      1,
      expect.stringContaining('✗ 1 link for an order that is not there: whoever has it can pay'),
    ]);
    expect(waits.stdout).toMatch(
      new RegExp(
        `^✗ order ord_gone, ${stray.id}, since .* UTC\\.\\n  → settle it: npm run ops -- close-link ${stray.id} ${place}`,
        'm',
      ),
    );
    expect(stdout).toMatch(/^✗ 1 link for an order that is not there, for a person: /m);
    expect(stdout).toContain(
      `✗ order ord_gone, ${stray.id}\n  → npm run ops -- close-link ${stray.id} ${place}`,
    );

    await visitor.open(stray.url);
    const seen = await ops.run(`close-link ${stray.id}`);
    expect(seen.code).toBe(0);
    expect(seen.stdout).toContain(
      [
        `The link ${stray.id}`,
        '  at Stripe   can be paid',
        '  for         Spring fee',
        '  amount      $55.00',
        '  names       order ord_gone, which is not here',
        '  paid by it  nothing',
        '  open now    1 page, opened within a day and not paid',
        '! No order here is paid by it: there is no order ord_gone.',
      ].join('\n'),
    );
    expect(seen.stdout).toContain('! Somebody has it open: 1 page would end, unless they are paid by then.');
    const [, hash = ''] =
      new RegExp(`close-link ${stray.id} --apply ([0-9a-f]{26}) --reason "<why>" ${place}`).exec(
        seen.stdout,
      ) ?? [];
    const apply = `close-link ${stray.id} --apply ${hash} --by Kim --reason unused`;
    const refused = await ops.run(apply, 'no\n');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      `Close ${stray.id}, so that nobody can pay by it any more? Type yes: `,
    ]);
    expect((await ops.json(`${apply.replace(hash, '0'.repeat(26))} --yes`)).code).toBe(4);
    expect((await ops.json(`close-link ${linkId}x`)).code).toBe(1);
    expect((await stripe.paymentLinks.retrieve(stray.id)).active).toBe(true);

    const done = await ops.run(apply, 'yes\n');
    expect([done.code, done.stdout]).toEqual([
      0,
      `✓ ${stray.id} is closed: nobody can pay by it any more. 1 page of it that stood open ended with it.\n`,
    ]);
    expect((await stripe.paymentLinks.retrieve(stray.id)).active).toBe(false);
    const again = await ops.run(`close-link ${stray.id}`);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing is to be done.')]);
    const settled = await ops.run('reconcile --last');
    expect([settled.code, settled.stdout]).toEqual([
      0,
      expect.stringMatching(/^✓ 1 link for an order that is not there: settled\.$/m),
    ]);
    const nothing = await ops.run('attention');
    expect([nothing.code, nothing.stdout]).toEqual([0, expect.stringContaining('✓ Nothing needs a person.')]);
  });
});
