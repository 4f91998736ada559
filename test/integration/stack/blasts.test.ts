import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
beforeAll(async () => {
  test = await startTestStack();
});
afterAll(() => test.stop());

const FAMILIES = 30;

describe('a blast through SQS and SES', () => {
  it('mails each family once: at most four reads, two writes and one SES call for each', async () => {
    for (let i = 0; i < FAMILIES; i++) await test.order({ orderId: `o${String(i).padStart(2, '0')}` });
    test.forget();
    const plan = { blastId: 'bls_one', productId: 'tournament', createdBy: 'office' };
    expect(await test.stack.invoke('plan-blast', plan)).toMatchObject({ ok: true });
    await test.stack.settled();

    const inbox = await test.stack.inbox();
    expect(new Set(inbox.flatMap(({ to }) => to)).size).toBe(FAMILIES);
    expect(inbox).toHaveLength(FAMILIES);

    const calls = (action: string, resource?: string) =>
      test.stack.calls.count({
        functionName: 'send-blast',
        action,
        ...(resource === undefined ? {} : { resource }),
      });
    expect(calls('SendRawEmail')).toBe(FAMILIES);
    // Besides the mails' own reads: the blast, its shard and its product, once for each of the 16 tickets.
    const perTicket = 3 * 16;
    expect(calls('GetItem')).toBeLessThanOrEqual(4 * FAMILIES + perTicket);
    expect(calls('PutItem', 'Blasts')).toBe(FAMILIES);
    expect((await test.blasts.get('bls_one'))?.state).toBe('complete');
  });

  it('carries our URL in both forms, a tag for SES, and nothing of Stripe', async () => {
    const [mail] = await test.stack.inbox();
    expect(mail?.html).toContain(`${test.stack.apiUrl}/pay/k1-`);
    expect(mail?.text).toContain(`${test.stack.apiUrl}/pay/k1-`);
    expect(`${mail?.html}${mail?.text}`).not.toMatch(/stripe\.com|plink_|cs_test_|127\.0\.0\.1:\d+\/c\/pay/);
    expect(mail?.tags.delivery).toMatch(/^[0-9a-f]{32}$/);
    expect(mail?.configurationSet).toBeDefined();
  });

  it('planned again, sends nothing', async () => {
    await test.stack.invoke('plan-blast', {
      blastId: 'bls_one',
      productId: 'tournament',
      createdBy: 'office',
    });
    await test.stack.settled();
    expect(await test.stack.inbox()).toHaveLength(FAMILIES);
  });

  it('whose sender dies while SES has the mail, writes to nobody twice and leaves that one for a person', async () => {
    await test.stack.clearInbox();
    const died = test.stack.faults.inject(
      'after',
      { functionName: 'send-blast', service: 'ses' },
      { kind: 'crash' },
      1,
    );
    await test.stack.invoke('plan-blast', {
      blastId: 'bls_two',
      productId: 'tournament',
      createdBy: 'office',
    });
    await test.stack.settled();
    await test.stack.clock.advance(2 * 60 * 60 * 1000);
    expect(died.hits()).toBe(1);
    const inbox = await test.stack.inbox();
    expect(inbox).toHaveLength(FAMILIES);
    expect(new Set(inbox.flatMap(({ to }) => to)).size).toBe(FAMILIES);
    const shards = Array.from({ length: 16 }, (_, shard) => shard);
    const ledger = await Promise.all(
      shards.map((shard) => test.blasts.deliveries({ blastId: 'bls_two', shard, limit: 100 })),
    );
    const states = ledger.flatMap(({ items }) => items.map(({ state }) => state));
    expect(states.filter((state) => state === 'claimed')).toHaveLength(1);
    expect(states.filter((state) => state === 'sent')).toHaveLength(FAMILIES - 1);
  });

  it('refuses wrong input in a sentence', async () => {
    const refused = (payload: unknown) => test.stack.invoke('plan-blast', payload);
    expect(await refused({ blastId: 'bls_x', productId: 'nothing', createdBy: 'office' })).toMatchObject({
      ok: false,
      error: { code: 'not_found', message: 'There is no product nothing.' },
    });
    expect(await refused({ productId: 'tournament' })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    });
  });
});
