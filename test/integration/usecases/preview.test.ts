import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Blast } from '../../../lib/domain/blast.ts';
import { money } from '../../../lib/domain/money.ts';
import { noteFirstMail, recordFact } from '../../../lib/domain/order-changes.ts';
import { approvePreview } from '../../../lib/usecases/approve-preview.ts';
import { type PreviewInput, previewBlast } from '../../../lib/usecases/preview-blast.ts';
import { sendTestMail } from '../../../lib/usecases/send-test-mail.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { decision, payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const HOUR = 60 * 60 * 1000;
const families = async (count: number, over: Parameters<World['order']>[0] = {}): Promise<void> => {
  for (let i = 0; i < count; i++) {
    await world.order({ orderId: `o${String(i).padStart(3, '0')}`, ...over });
  }
};
const preview = (over: Partial<PreviewInput> = {}) =>
  previewBlast({ productId: 'tournament', ...over }, world.deps);
const send = (hash: string, over: Partial<Parameters<typeof approvePreview>[0]> = {}) =>
  approvePreview({ hash, createdBy: 'office', ...over }, world.deps);
const change = async (orderId: string, fact: Parameters<typeof recordFact>[1]): Promise<void> => {
  await world.orders.save(recordFact(await world.mustGet(orderId), fact, world.clock.now()));
};
/** A mailing of the past, as it stands in the books. */
const endedBlast = async (deliveries: number, over: Partial<Blast> = {}): Promise<void> => {
  const at = world.clock.now();
  await world.blasts.create({
    blastId: world.deps.newId('bls'),
    purpose: 'notice',
    audience: {
      kind: 'product',
      productId: 'another',
      filter: { period: null, onlyNeverMailed: false },
      asOf: at,
    },
    productId: 'another',
    template: 'payment-request',
    replacesDeadLink: false,
    state: 'complete',
    waiting: null,
    approved: { hash: 'x', orders: deliveries, deliveries, leftOut: 0, amount: null },
    startsAt: at,
    createdAt: at,
    createdBy: 'office',
    endedAt: at,
    ...over,
  });
};

describe('a preview', () => {
  it('tells who would be asked, for how much, who is left out and why, and changes nothing', async () => {
    await families(5);
    await change('o000', payment({ generation: null }));
    await change('o001', decision());
    await world.roster.suppress('o002@family.example', { reason: 'bounced', at: world.clock.now() });
    await world.order({ orderId: 'test', test: true });
    const { familyId } = await world.order({ orderId: 'mute' });
    await world.roster.putFamily({ familyId, language: 'en', parents: [] });
    const twoParents = await world.mustGet('o003');
    await world.roster.putFamily({
      familyId: twoParents.familyId,
      language: 'en',
      parents: [
        { parentId: '1', name: 'Ana', addresses: ['Ana@family.example', 'ana@family.example '] },
        { parentId: '2', name: 'Ben', addresses: ['ben@family.example'] },
      ],
    });
    expect(await preview()).toMatchObject({
      productName: 'Utah Invitational',
      template: 'payment-request',
      orders: 2,
      deliveries: 3,
      families: 2,
      amount: money(11_000),
      leftOut: { paid: 1, canceled: 1, suppressed: 1, test_order: 1, no_address: 1 },
      usual: null,
      warnings: [],
    });
    expect(world.mails).toEqual([]);
    expect(world.blastQueue.size).toBe(0);
    expect((await world.blasts.pageOfOpen({ limit: 9 })).items).toEqual([]);
  });

  it('counts siblings as one family, and shows the mail of the first order as it would leave', async () => {
    await families(2, { familyId: 'fam_one' });
    const { families: count, orders, sample } = await preview();
    expect([count, orders]).toEqual([1, 2]);
    expect(sample?.to).toMatch(/@family\.example$/);
    expect(sample?.subject).toContain('Utah Invitational');
    expect(sample?.text).toContain('Alex Alvarez');
    expect(sample?.text).toContain(`https://pay.club.example/pay/k1-${sample?.orderId}-`);
    expect(sample?.html).toContain('$55.00');
  });

  it('leaves out the monthly fees of players without a signed contract', async () => {
    await world.order({ orderId: 'signed', category: 'monthly', period: '2026-05' });
    await world.order({ orderId: 'unsigned', category: 'monthly', period: '2026-05' }, 'unsigned');
    expect(await preview({ productId: 'monthly' })).toMatchObject({
      orders: 1,
      leftOut: { contract_unsigned: 1 },
      template: 'monthly-fee',
    });
  });

  it('of one period, or of those never mailed, counts these alone', async () => {
    await world.order({ orderId: 'april', category: 'monthly', period: '2026-04' });
    const may = await world.order({ orderId: 'may', category: 'monthly', period: '2026-05' });
    await world.orders.save(noteFirstMail(may, '2026-04-14'));
    const of = (filter: PreviewInput['filter'] & object) => preview({ productId: 'monthly', filter });
    expect(await of({})).toMatchObject({ orders: 2 });
    expect(await of({ period: '2026-05' })).toMatchObject({ orders: 1, sample: { orderId: 'may' } });
    expect(await of({ onlyNeverMailed: true })).toMatchObject({ orders: 1, sample: { orderId: 'april' } });
    expect(await of({ period: '2026-05', onlyNeverMailed: true })).toMatchObject({
      orders: 0,
      leftOut: {},
      sample: null,
      warnings: ['Nobody would be mailed: all of them have been mailed before.'],
    });
  });

  it.each([
    ['nothing', {}, 'There is no product nothing.'],
    ['empty', {}, 'Autumn Cup has no orders yet'],
    ['monthly', { period: '2062-05' }, 'has no orders of the period 2062-05; it has 1 of others'],
  ])('of %s %j is refused in words', async (productId, filter, sentence) => {
    await world.product({ productId: 'empty', category: 'tournament', name: 'Autumn Cup' });
    await world.order({ category: 'monthly', period: '2026-05' });
    await expect(preview({ productId, filter })).rejects.toThrow(sentence);
  });

  it('knows the usual audience: the median of the last five notices that were seen to their end', async () => {
    await families(3);
    for (const size of [9_000, 40, 10, 30, 20, 50]) {
      await endedBlast(size);
      world.clock.advance(HOUR);
    }
    await endedBlast(7_000, { state: 'canceled' });
    await endedBlast(7_000, { purpose: 'reminder' });
    await endedBlast(0, { approved: null });
    expect((await preview()).usual).toBe(30);
  });

  it('knows it however many reminders have ended since, and looks through a thousand mailings at most', async () => {
    await families(11);
    await endedBlast(1);
    const remind = async (count: number): Promise<void> => {
      world.clock.advance(HOUR);
      for (let i = 0; i < count; i++) await endedBlast(7_000, { purpose: 'reminder', approved: null });
    };
    await remind(900);
    const seen = await preview();
    expect([seen.usual, seen.unusual]).toEqual([1, true]);
    await expect(send(seen.hash)).rejects.toThrow('11 mails are more than 10 times the usual audience of 1.');
    await remind(100);
    expect((await preview()).usual).toBeNull();
  });

  it('shows the next mail that can be written, and names the order whose mail can not', async () => {
    await families(3);
    const first = (await preview()).sample?.orderId ?? '';
    await world.orders.save({ ...(await world.mustGet(first)), payBy: 'someday' });
    const { sample, deliveries, warnings } = await preview();
    expect(deliveries).toBe(3);
    expect(sample?.orderId).toMatch(/^o00\d$/);
    expect(sample?.orderId).not.toBe(first);
    expect(warnings).toEqual([
      `The mail about order ${first} can not be written and would end as failed: ` +
        'look at its amount, its pay-by date and its family. That does not stop the others.',
    ]);
    const told = await sendTestMail({ productId: 'tournament', to: 'kim@club.example' }, world.deps);
    expect(told.orderId).toBe(sample?.orderId);
  });

  it('has no mail to show when none can be written, and nor has a test', async () => {
    await families(1, { payBy: 'someday' });
    const { sample, warnings } = await preview();
    expect(sample).toBeNull();
    expect(warnings).toEqual([expect.stringContaining('The mail about order o000 can not be written')]);
    await expect(
      sendTestMail({ productId: 'tournament', to: 'kim@club.example' }, world.deps),
    ).rejects.toThrow('There is no mail to test. The mail about order o000 can not be written');
    expect(world.mails).toEqual([]);
  });

  it('warns of another mailing for the same product, under way or of the past', async () => {
    await families(1);
    await endedBlast(1, { blastId: 'bls_before', productId: 'tournament' });
    expect((await preview()).warnings).toEqual([expect.stringContaining('mailed before, on 2026-04-14')]);
    expect((await preview({ filter: { onlyNeverMailed: true } })).warnings).toEqual([]);
    await endedBlast(1, { blastId: 'bls_now', productId: 'tournament', state: 'sending', endedAt: null });
    expect((await preview()).warnings).toEqual([expect.stringContaining('has not ended (bls_now, sending)')]);
  });

  it('adds no two currencies up', async () => {
    await world.order({ orderId: 'usd' });
    await world.order({ orderId: 'eur', amount: money(4_000, 'eur') });
    const { amount, warnings } = await preview();
    expect(amount).toBeNull();
    expect(warnings.join()).toMatch(/\$55\.00/);
    expect(warnings.join()).toMatch(/€40\.00/);
  });

  it('holds a few pages and numbers, however many orders there are', async () => {
    await families(400);
    let open = 0;
    let most = 0;
    const address: World['roster']['address'] = async (given) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return world.roster.address(given);
    };
    const found = await previewBlast(
      { productId: 'tournament' },
      { ...world.deps, roster: { ...world.roster, address } },
    );
    expect(found.orders).toBe(400);
    expect(most).toBeLessThanOrEqual(16 * 10);
  });
});

describe('sending what was previewed', () => {
  it('makes a blast that names what was seen, for exactly that audience, and starts it', async () => {
    await families(3);
    const seen = await preview();
    const { blast, isNew } = await send(seen.hash);
    expect(isNew).toBe(true);
    expect(blast).toMatchObject({
      blastId: `bls_${seen.hash.slice(0, 26)}`,
      purpose: 'notice',
      state: 'sending',
      audience: { kind: 'product', productId: 'tournament', filter: seen.filter, asOf: seen.asOf },
      approved: { hash: seen.hash, orders: 3, deliveries: 3, amount: money(16_500) },
      createdBy: 'office',
    });
    expect(world.blastQueue.size).toBe(1);
  });

  it('twice is one blast, also days later', async () => {
    await families(1);
    const { hash } = await preview();
    const first = await send(hash);
    world.clock.advance(50 * HOUR);
    const again = await send(hash, { createdBy: 'somebody else' });
    expect(again.isNew).toBe(false);
    expect(again.blast).toEqual(first.blast);
    expect((await world.blasts.pageOfOpen({ limit: 9 })).items).toHaveLength(1);
  });

  it('does not set a canceled or paused blast going again', async () => {
    await families(1);
    const { hash } = await preview();
    const { blast } = await send(hash);
    world.blastQueue.receive();
    const now = world.clock.now();
    for (const state of ['paused', 'canceled'] as const) {
      await world.blasts.advance(blast.blastId, ['sending', 'paused'], { state, waiting: null }, now);
      expect((await send(hash)).blast.state).toBe(state);
      expect(world.blastQueue.size).toBe(0);
    }
  });

  it('of a hash that nobody has previewed is refused, with what to do', async () => {
    await expect(send('0'.repeat(32))).rejects.toThrow('There is no such preview. Preview the mailing');
  });

  it('is possible for a day after the preview, and not a millisecond longer', async () => {
    await families(1);
    const [early, late] = [await preview(), await preview({ filter: { period: null } })];
    expect(late.hash).toBe(early.hash);
    world.clock.advance(24 * HOUR);
    await expect(send(early.hash)).rejects.toThrow('more than a day ago. Preview it again');
    world.clock.advance(-1);
    expect((await send(early.hash)).isNew).toBe(true);
  });

  it('is refused when the mail has been changed since', async () => {
    await families(1);
    const seen = await preview();
    await world.previews.put({ ...seen, templateVersion: 'an older one' });
    await expect(send(seen.hash)).rejects.toThrow('The mail has been changed since the preview');
  });

  it('to fewer than were seen is fine; to nobody, or to more, it is refused', async () => {
    await families(6);
    for (const orderId of ['o000', 'o001', 'o002']) await change(orderId, decision());
    const seen = await preview();
    expect(seen.orders).toBe(3);
    for (const orderId of ['o000', 'o001', 'o002']) {
      await change(orderId, decision({ id: 'dec_2', decision: 'reopen', at: world.clock.now() }));
    }
    await expect(send(seen.hash)).rejects.toThrow(
      'The audience has grown by 3 orders since the preview; preview it again.',
    );
    for (const orderId of ['o000', 'o001', 'o002', 'o003']) {
      await change(orderId, payment({ id: `pi_${orderId}`, generation: null }));
    }
    const fewer = await send(seen.hash);
    expect(fewer.blast.approved?.orders).toBe(3);

    const all = await preview({ filter: { onlyNeverMailed: true } });
    for (const orderId of ['o004', 'o005']) await change(orderId, payment({ generation: null }));
    await expect(send(all.hash)).rejects.toThrow('Nobody would be mailed');
  });

  it('takes one more address of a family for growth as well, and new orders for none', async () => {
    const order = await world.order({ orderId: 'o1' });
    const seen = await preview();
    world.clock.advance(1);
    await world.order({ orderId: 'later' });
    const family = await world.roster.family(order.familyId);
    if (family === undefined) throw new Error('no family');
    const [parent] = family.parents;
    const more = { ...parent, parentId: '2', name: 'Ben', addresses: ['ben@family.example'] };
    await world.roster.putFamily({ ...family, parents: [...family.parents, more] });
    await expect(send(seen.hash)).rejects.toThrow('has grown by 1 mail since');
    await world.roster.putFamily(family);
    expect((await send(seen.hash)).isNew).toBe(true);
  });

  it.each([
    [10, true],
    [11, false],
  ])('to %i where one is usual: %s', async (count, isSent) => {
    await families(count);
    await endedBlast(1);
    const seen = await preview();
    expect(seen.warnings.some((text) => text.includes('more than 10 times the usual audience'))).toBe(
      !isSent,
    );
    if (isSent) return void expect((await send(seen.hash)).isNew).toBe(true);
    await expect(send(seen.hash)).rejects.toThrow('11 mails are more than 10 times the usual audience of 1.');
    expect((await send(seen.hash, { acceptUnusualSize: true })).isNew).toBe(true);
  });

  it('at a later time waits for the tick, which asks nothing again', async () => {
    await families(1);
    const { hash } = await preview();
    const startsAt = '2026-04-16T15:00:00.000Z';
    expect((await send(hash, { startsAt })).blast).toMatchObject({ state: 'planned', startsAt });
    await tick(world.deps);
    expect(world.blastQueue.size).toBe(0);
    world.clock.set(startsAt);
    await tick(world.deps);
    expect(world.blastQueue.size).toBeGreaterThan(0);
  });

  it.each([
    ['2026-04-14T14:59:59.999Z', 'in the past'],
    ['2062-05-01T09:00:00.000Z', 'more than a year away'],
  ])('at %s is refused: %s', async (startsAt, why) => {
    await families(1);
    await expect(send((await preview()).hash, { startsAt })).rejects.toThrow(why);
  });
});

describe('a test mail', () => {
  it('is the sample, marked as a test, to the one address that was given, and in no ledger', async () => {
    await families(4);
    const { sample } = await preview();
    const told = await sendTestMail({ productId: 'tournament', to: 'kim@club.example' }, world.deps);
    expect(told).toMatchObject({ to: 'kim@club.example', orderId: sample?.orderId });
    expect(world.mails).toHaveLength(1);
    expect(world.mails[0]).toMatchObject({
      to: 'kim@club.example',
      subject: `[Test] ${sample?.subject}`,
      text: sample?.text,
      html: sample?.html,
    });
    expect((await world.mustGet(told.orderId)).firstMailedOn).toBeNull();
    expect((await world.blasts.pageOfOpen({ limit: 9 })).items).toEqual([]);
  });

  it('of nothing says so', async () => {
    const paid = await world.order();
    await change(paid.orderId, payment({ generation: null }));
    await expect(
      sendTestMail({ productId: 'tournament', to: 'kim@club.example' }, world.deps),
    ).rejects.toThrow('there is no mail to test');
  });
});
