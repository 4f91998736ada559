import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDeliveryTag } from '../../../lib/domain/blast.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
beforeAll(async () => {
  test = await startTestStack();
});
afterAll(() => test.stop());

const FAMILIES = 30;
const TEN_MINUTES_MS = 10 * 60 * 1000;
let sent: { hash: string; blastId: string };

describe('a blast through SQS and SES', () => {
  it('mails each family once: at most one read, two writes and one SES call for each', async () => {
    for (let i = 0; i < FAMILIES; i++) await test.order({ orderId: `o${String(i).padStart(2, '0')}` });
    test.forget();
    sent = await test.startMailing('tournament');
    const { blastId } = sent;
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
    // Each mail's own: the order, again right before it leaves, and the claim. The rest is by the page. Mails that leave
    // together have their orders read together.
    const reads = calls('GetItem', 'Orders') + calls('BatchGetItem', 'Orders');
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(FAMILIES);
    expect(calls('PutItem', 'Blasts')).toBe(FAMILIES);
    await test.stack.clock.advance(TEN_MINUTES_MS);
    expect((await test.blasts.get(blastId))?.state).toBe('complete');
  });

  it('carries our URL in both forms, a tag for SES, and nothing of Stripe', async () => {
    const [mail] = await test.stack.inbox();
    expect(mail?.html).toContain(`${test.stack.apiUrl}/pay/k1-`);
    expect(mail?.text).toContain(`${test.stack.apiUrl}/pay/k1-`);
    expect(`${mail?.html}${mail?.text}`).not.toMatch(/stripe\.com|plink_|cs_test_|127\.0\.0\.1:\d+\/c\/pay/);
    expect(readDeliveryTag(mail?.tags.delivery ?? '')).toMatchObject({ blastId: sent.blastId });
    expect(mail?.configurationSet).toBeDefined();
  });

  it('whose preview is sent again is the same one, and sends nothing', async () => {
    const { hash, blastId } = sent;
    const again = await test.stack.invoke('plan-blast', { action: 'send', hash, createdBy: 'somebody' });
    expect(again).toMatchObject({
      ok: true,
      result: { isNew: false, blast: { blastId, createdBy: 'office', approved: { hash, orders: FAMILIES } } },
    });
    await test.stack.settled();
    expect(await test.stack.inbox()).toHaveLength(FAMILIES);
  });

  it('whose sender dies while SES has a mail writes to nobody twice; what is held is sent again on a word', async () => {
    await test.stack.clearInbox();
    const died = test.stack.faults.inject(
      'after',
      { functionName: 'send-blast', service: 'ses', action: 'SendRawEmail' },
      { kind: 'crash' },
      1,
    );
    const { blastId } = await test.startMailing('tournament');
    await test.stack.settled();
    await test.stack.clock.advance(2 * 60 * 60 * 1000);
    expect(died.hits()).toBe(1);
    const mailed = async (): Promise<string[]> => (await test.stack.inbox()).flatMap(({ to }) => to).sort();
    const rows = (
      await Promise.all(
        Array.from({ length: 16 }, (_, shard) => test.blasts.deliveries({ blastId, shard, limit: 100 })),
      )
    ).flatMap(({ items }) => items);
    expect(rows).toHaveLength(FAMILIES);
    // SES has told of those that it took; whatever else the worker had claimed may have left, for all that we know.
    const held = rows.filter(({ state }) => state === 'held');
    const delivered = rows.filter(({ state }) => state === 'delivered');
    expect(held.length + delivered.length).toBe(FAMILIES);
    expect(await mailed()).toEqual(delivered.map(({ address }) => address).sort());

    for (const { orderId } of held) {
      const word = { action: 'settle', as: 'send_again', actor: 'Kim', reason: 'nothing there' };
      const answer = await test.stack.invoke('plan-blast', { ...word, blastId, orderId });
      expect(answer).toMatchObject({ ok: true });
    }
    await test.stack.clock.advance(TEN_MINUTES_MS);
    expect(await mailed()).toEqual(rows.map(({ address }) => address).sort());
    expect((await test.blasts.get(blastId))?.state).toBe('complete');
  });

  it.each([
    [{ action: 'preview', productId: 'nothing' }, 'not_found', 'There is no product nothing.'],
    [{ action: 'preview', productId: 'empty' }, 'invalid_input', 'Utah Invitational has no orders yet'],
    [{ action: 'preview' }, 'invalid_input', 'productId: is missing'],
    [{ action: 'preview', productId: 'tournament', filters: {} }, 'invalid_input', 'is not known here'],
    [{ action: 'send', hash: '0'.repeat(32), createdBy: 'office' }, 'not_found', 'There is no such preview'],
    [
      { action: 'send', hash: 'bls_1', createdBy: 'office' },
      'invalid_input',
      'is not a hash that a preview shows',
    ],
    [{ action: 'send', hash: '0'.repeat(32), createdBy: ' ' }, 'invalid_input', 'say who it is'],
    [
      { action: 'send', hash: '0'.repeat(32), createdBy: 'office', at: '2026-02-30 09:00' },
      'invalid_input',
      'is not a day and time',
    ],
    [
      { action: 'test', productId: 'tournament', to: 'a@b.example, c@d.example' },
      'invalid_input',
      'is not one e-mail address',
    ],
    [{ action: 'pause', blastId: 'bls_x', actor: 'Kim' }, 'not_found', 'There is no mailing bls_x.'],
    [
      { action: 'settle', blastId: 'bls_x', orderId: 'o1', actor: 'Kim', reason: '', as: 'sent' },
      'invalid_input',
      'say how that is known',
    ],
    [{ blastId: 'bls_x', productId: 'tournament', createdBy: 'office' }, 'invalid_input', 'action'],
  ])('%j is refused in a sentence', async (payload, code, sentence) => {
    if ('productId' in payload && payload.productId === 'empty') {
      const product = await test.roster.product('tournament');
      if (product !== undefined) await test.roster.putProduct({ ...product, productId: 'empty' });
    }
    const answer = await test.stack.invoke('plan-blast', payload);
    expect(answer).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(sentence) } });
  });

  it('at a time that the clocks are put forward over starts at the next that there is, and says so', async () => {
    const { hash } = (
      (await test.stack.invoke('plan-blast', { action: 'preview', productId: 'tournament' })) as {
        result: { hash: string };
      }
    ).result;
    const at = '2027-03-14 02:30';
    const sentLater = await test.stack.invoke('plan-blast', {
      action: 'send',
      hash,
      createdBy: 'office',
      at,
    });
    expect(sentLater).toMatchObject({
      ok: true,
      result: {
        startsLocal: '2027-03-14 03:00',
        moved: true,
        timeZone: 'America/Denver',
        blast: { state: 'planned', startsAt: '2027-03-14T09:00:00.000Z' },
      },
    });
  });
});
