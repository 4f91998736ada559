import type { ProductCategory } from '../../lib/domain/category.ts';
import { type CallFault, callFaults, type FaultName, type WorldFault, worldFaults } from './faults.ts';
import { type Random, randomOf } from './random.ts';

/**
 * What is going to happen in a history: drawn from its seed alone, before anything happens. Every part of it can be left
 * out, which is how a history that fails is made smaller.
 */
export type Plan = {
  seed: number;
  startsMs: number;
  days: number;
  products: ProductPlan[];
  orders: OrderPlan[];
  acts: Act[];
  /** Of a thousand calls of functions, how many something befalls. */
  hazardsPer1000: number;
  /** Of a hundred calls of functions, how many take time, so that others come in between. */
  unhurriedPer100: number;
  callFaults: ReadonlySet<CallFault>;
  worldFaults: ReadonlySet<WorldFault>;
  /** Calls of functions that nothing befalls, whatever was drawn for them. */
  spared: ReadonlySet<string>;
  /** Webhooks that are made in these times never arrive. */
  lost: readonly { fromMs: number; toMs: number }[];
  mail: { perSecond: number; per24Hours: number };
  /** Families were mailed before the history begins: they have an address of ours at hand. */
  mailedBefore: boolean;
  /** Stripe and orders are compared every day; else nothing in this history is for that to find. */
  compares: boolean;
  /** The fees of a later month are made by themselves. */
  bills: boolean;
  /** By how much indexes lag behind, all the time. */
  indexLagMs: number;
};

export type ProductPlan = { productId: string; category: ProductCategory; period: string | null };

export type OrderPlan = {
  index: number;
  product: ProductPlan;
  amountMinor: number;
  /** Days from the start until it is there. */
  comesMs: number;
  closesMs: number | null;
  test: boolean;
  /** How many addresses its family has. */
  addresses: number;
  contract: 'signed' | 'unsigned';
  /** It came from an older system, whose page at Stripe was mailed; null: it did not. */
  older: 'session' | 'link' | 'bare_link' | null;
};

type At = { id: number; atMs: number };
export type OpenPage = At & {
  kind: 'open_page';
  order: number;
  by: 'parent' | 'second_phone' | 'scanner';
  does: 'pay' | 'decline_then_pay' | 'debit' | 'abandon';
  /** From the page being open to what is done on it. */
  afterMs: number;
  debitEnds: 'succeeded' | 'failed';
  debitTakesMs: number;
};
export type Act =
  | OpenPage
  | (At & { kind: 'start_checkout'; order: number; does: OpenPage['does']; afterMs: number })
  | (At & {
      kind: 'decide';
      order: number;
      decision: 'amend' | 'cancel' | 'waive' | 'reopen';
      amountMinor: number;
      rest: boolean;
      thinksMs: number;
    })
  | (At & {
      kind: 'handle_attention';
      order: number;
      how: 'refund' | 'settle' | 'amend_rest';
      thinksMs: number;
    })
  | (At & { kind: 'settle_held'; as: 'sent' | 'send_again' })
  | (At & { kind: 'settle_unmatched'; as: 'assigned' | 'settled' })
  | (At & { kind: 'refund_at_stripe'; order: number; part: number; ends: 'succeeded' | 'failed' })
  | (At & { kind: 'dispute'; order: number; ends: 'won' | 'lost' | null; takesMs: number })
  | (At & { kind: 'deactivate_at_stripe'; order: number })
  | (At & { kind: 'activate_at_stripe'; order: number })
  | (At & { kind: 'mailing'; product: string; thinksMs: number })
  | (At & { kind: 'steer'; how: 'pause' | 'resume' | 'cancel' })
  | (At & { kind: 'contract'; order: number; state: 'signed' | 'ended' | 'unsigned' })
  | (At & { kind: 'change_family'; order: number; addresses: number })
  | (At & { kind: 'mint'; order: number })
  | (At & { kind: 'unsubscribe'; order: number })
  | (At & { kind: 'remind'; product: string; days: readonly number[] })
  | (At & { kind: 'tick' })
  | (At & { kind: 'recover'; product: string; thinksMs: number; sliceMs: number })
  | (At & { kind: 'reconcile'; repairs: boolean })
  | (At & { kind: 'forget'; order: number; thinksMs: number })
  | (At & { kind: 'bill'; product: string; atOnce: boolean })
  | (At & { kind: 'change_product'; product: string; amountMinor: number })
  | (At & { kind: 'report' })
  | (At & { kind: 'stray_link' })
  | (At & { kind: 'late_link'; order: number; behind: 0 | 1 })
  | (At & { kind: 'close_link'; thinksMs: number })
  | (At & { kind: 'rotate_keys'; step: 'add' | 'sign' | 'revoke' })
  | (At & { kind: 'somebody_elses_payment'; marked: boolean });

export type ActOf<K extends Act['kind']> = Extract<Act, { kind: K }>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Tuesday in April, 15:00 in London, nine in the morning in Denver. */
const STARTS_MS = Date.UTC(2026, 3, 14, 15);
const STARTS_AT = 9 * HOUR;

type Draft<A> = A extends At ? Omit<A, 'id'> : never;

/** @param faults those that may occur at all */
export const planOf = (seed: number, faults: ReadonlySet<FaultName>): Plan => {
  const random = randomOf(seed, 1);
  const month = random.between(28, 45);
  const mailedBefore = random.chance(0.75);
  const compares = random.chance(0.15);
  // The comparison looks back 45 days, and comes for the last time some days after the end.
  const days = compares ? Math.min(month, 41) : month;
  const bills = random.chance(0.05);
  const recovers = random.chance(0.15) ? random.between(1, 2) : 0;
  const products = productsOf(random);
  const orders = ordersOf(random, { products, days, olderShare: recovers > 0 ? 0.3 : 0.06 });
  const acts: Act[] = [];
  const add = (act: Draft<Act>): void => void acts.push({ ...act, id: acts.length } as Act);
  for (const product of products)
    drawMailings(randomOf(seed, 2, product.productId.length), product, days, add);
  for (const order of orders) drawOrder(randomOf(seed, 3, order.index), order, { days, compares }, add);
  drawOffice(randomOf(seed, 4), { products, days, mailedBefore, compares, bills, recovers }, add);
  for (const order of orders) {
    if (order.comesMs !== JUST_BEFORE_A_MAILING) continue;
    const mailed = acts.find((act) => act.kind === 'mailing' && act.product === order.product.productId);
    order.comesMs = mailed === undefined ? 0 : mailed.atMs - random.between(0, 1_000);
  }
  acts.sort((a, b) => a.atMs - b.atMs || a.id - b.id);

  const risks = randomOf(seed, 5);
  const lostFrom = risks.between(0, days - 6) * DAY + risks.between(0, DAY);
  const world = new Set(
    worldFaults.filter(
      (fault) =>
        faults.has(fault) && (fault === 'webhooks_lost' ? compares && risks.chance(0.6) : risks.chance(0.3)),
    ),
  );
  return {
    seed,
    startsMs: STARTS_MS + risks.between(0, 300) * DAY,
    days,
    products,
    orders,
    acts,
    hazardsPer1000: risks.chance(0.1) ? 0 : risks.between(10, 60),
    mailedBefore,
    compares,
    bills,
    unhurriedPer100: recovers > 1 ? 90 : risks.pick([5, 20, 50]),
    callFaults: new Set(callFaults.filter((fault) => faults.has(fault))),
    worldFaults: world,
    spared: new Set(),
    lost: world.has('webhooks_lost')
      ? [{ fromMs: lostFrom, toMs: lostFrom + risks.between(6, 72) * HOUR }]
      : [],
    indexLagMs: faults.has('stale_index') && risks.chance(0.3) ? risks.between(500, 5_000) : 0,
    mail: {
      // Where mails leave slowly, there is time to stop them.
      perSecond: risks.pick(
        acts.some(({ kind }) => kind === 'steer') ? [1, 1, 14] : [1, 14, 14, 200, 200, 200],
      ),
      per24Hours: risks.chance(0.15) ? risks.between(8, 30) : 50_000,
    },
  };
};

const productsOf = (random: Random): ProductPlan[] => [
  { productId: 'utah', category: 'tournament', period: null },
  { productId: 'fee-may', category: 'monthly', period: '2026-05' },
  ...(random.chance(0.4) ? [{ productId: 'jersey', category: 'jersey' as const, period: null }] : []),
];

const ordersOf = (
  random: Random,
  { products, days, olderShare }: { products: readonly ProductPlan[]; days: number; olderShare: number },
): OrderPlan[] => {
  const count = random.between(16, 26);
  return Array.from({ length: count }, (_, index): OrderPlan => {
    const product = random.pick(products);
    return {
      index,
      product,
      amountMinor: random.chance(0.03) ? 0 : random.between(10, 300) * 50,
      comesMs: comesAt(random),
      closesMs: random.chance(0.15) ? random.between(3, days) * DAY : null,
      test: random.chance(0.03),
      addresses: random.pick([1, 1, 1, 2, 2, 0]),
      contract: random.chance(0.85) ? 'signed' : 'unsigned',
      older:
        product.category !== 'jersey' && random.chance(olderShare)
          ? random.pick(['session', 'session', 'link', 'bare_link'])
          : null,
    };
  });
};

/** Most debts are there before anything happens, some come later, and a few while a mailing is made. */
const comesAt = (random: Random): number => {
  const how = random.between(0, 99);
  if (how < 86) return 0;
  return how < 97 ? random.between(0, 10 * DAY) : JUST_BEFORE_A_MAILING;
};
const JUST_BEFORE_A_MAILING = -1;

const drawMailings = (
  random: Random,
  { productId, category }: ProductPlan,
  days: number,
  add: (act: Draft<Act>) => void,
): void => {
  if (random.chance(category === 'jersey' ? 0.9 : category === 'monthly' ? 0.7 : 0.5)) return;
  const first = random.between(1, 30) * HOUR;
  const thinksMs = random.chance(0.3) ? random.between(0, 3_000) : random.between(1, 30) * MINUTE;
  add({ kind: 'mailing', atMs: first, product: productId, thinksMs });
  // One that comes while the mails leave takes up what a worker has left that is slow, or gone.
  if (random.chance(0.4)) {
    const atMs = first + thinksMs + random.between(5, 60) * 1_000;
    add({ kind: 'tick', atMs });
  }
  if (random.chance(0.1)) {
    const atMs = random.between(4, days - 4) * DAY;
    add({ kind: 'mailing', atMs, product: productId, thinksMs: random.between(1, 30) * MINUTE });
  }
  if (random.chance(0.15)) {
    const after = random.pick([[3], [3, 7], [5, 9, 14]]);
    add({ kind: 'remind', atMs: first + HOUR, product: productId, days: after });
    // Around noon of the days on which they are due, as the club's clock has them.
    const mailedOn = Math.floor((first + STARTS_AT) / DAY);
    for (const days of after) {
      if (random.chance(0.5)) add({ kind: 'tick', atMs: (mailedOn + days) * DAY + 3 * HOUR });
    }
  }
  if (random.chance(0.2)) {
    // At any time, or while the mails leave.
    const atMs = first + random.pick([random.between(0, 20 * MINUTE), thinksMs + random.between(0, 3_000)]);
    add({ kind: 'steer', atMs, how: 'pause' });
    add({
      kind: 'steer',
      atMs: atMs + random.between(1, 600) * MINUTE,
      how: random.pick(['resume', 'cancel']),
    });
  }
};

const visit = (random: Random): Pick<OpenPage, 'does' | 'afterMs' | 'debitEnds' | 'debitTakesMs'> => ({
  does: random.pick(['pay', 'pay', 'pay', 'debit', 'decline_then_pay', 'abandon', 'abandon']),
  afterMs: random.chance(0.8) ? random.between(20, 300) * 1_000 : random.between(1, 30) * HOUR,
  debitEnds: random.chance(0.7) ? 'succeeded' : 'failed',
  debitTakesMs: random.between(1, 6) * DAY,
});

/** What becomes of one debt: who comes when, what is decided about it, and now and then much of it at one moment. */
const drawOrder = (
  random: Random,
  { index: order, product, amountMinor }: OrderPlan,
  { days, compares }: { days: number; compares: boolean },
  add: (act: Draft<Act>) => void,
): void => {
  const within = (): number => random.between(0, (days - 2) * 24 * 60) * MINUTE;
  const soon = (): number => random.between(2, 14 * 24 * 60) * MINUTE;
  const page = (atMs: number, by: OpenPage['by'] = 'parent'): void =>
    add({ kind: 'open_page', atMs, order, by, ...visit(random) });

  if (random.chance(0.12)) page(soon(), 'scanner');
  for (let visits = random.pick([0, 0, 1, 1, 2]); visits > 0; visits--) page(visits > 1 ? soon() : within());
  if (product.category === 'jersey' && random.chance(0.8)) {
    const { does, afterMs } = visit(random);
    const first = soon();
    add({ kind: 'start_checkout', atMs: first, order, does, afterMs });
    // Again at some time, or when the page of the first is about to end.
    const again = random.pick([soon(), first + DAY - random.between(0, 10 * MINUTE)]);
    if (random.chance(0.3)) add({ kind: 'start_checkout', atMs: again, order, does, afterMs });
  }
  if (random.chance(0.15)) decide(random, order, amountMinor, within(), add);
  if (random.chance(0.08)) decide(random, order, amountMinor, within(), add);
  if (random.chance(0.08)) {
    add({ kind: 'refund_at_stripe', atMs: within(), order, ...refundOf(random) });
  }
  if (random.chance(0.06)) {
    const ends = random.pick(['won', 'lost', null] as const);
    add({ kind: 'dispute', atMs: within(), order, ends, takesMs: random.between(1, 9) * DAY });
  }
  if (product.category === 'monthly') {
    for (let news = random.pick([0, 0, 0, 0, 0, 1, 2]); news > 0; news--) {
      add({
        kind: 'contract',
        atMs: within(),
        order,
        state: random.pick(['signed', 'signed', 'ended', 'unsigned']),
      });
    }
  }
  if (compares && random.chance(0.1)) add({ kind: 'deactivate_at_stripe', atMs: within(), order });
  if (compares && random.chance(0.05)) add({ kind: 'activate_at_stripe', atMs: within(), order });
  if (compares && random.chance(0.05))
    add({ kind: 'late_link', atMs: within(), order, behind: random.pick([0, 1]) });
  if (random.chance(0.05)) add({ kind: 'mint', atMs: within(), order });
  if (random.chance(0.05)) add({ kind: 'unsubscribe', atMs: random.between(3, 12) * DAY, order });
  if (random.chance(0.05)) {
    add({ kind: 'change_family', atMs: within(), order, addresses: random.between(0, 2) });
  }
  if (random.chance(0.08)) attention(random, order, within(), add);
  if (random.chance(0.03)) {
    const atMs = random.between(days >> 1, days - 1) * DAY;
    add({ kind: 'forget', atMs, order, thinksMs: random.between(5, 120) * 1_000 });
  }
  if (random.chance(0.25)) drawMoment(random, order, amountMinor, soon(), product, add);
};

const refundOf = (random: Random): { part: number; ends: 'succeeded' | 'failed' } => ({
  part: random.pick([100, 100, 50]),
  ends: random.chance(0.85) ? 'succeeded' : 'failed',
});

const decide = (
  random: Random,
  order: number,
  amountMinor: number,
  atMs: number,
  add: (act: Draft<Act>) => void,
  thinksMs = random.between(5, 120) * 1_000,
): void => {
  const decided = {
    kind: 'decide',
    atMs,
    order,
    decision: random.pick(['amend', 'amend', 'cancel', 'waive', 'reopen', 'reopen'] as const),
    amountMinor: random.chance(0.1)
      ? 0
      : Math.max(500, Math.round(amountMinor / 100) * random.pick([50, 80, 120])),
    rest: random.chance(0.2),
    thinksMs,
  } as const;
  add(decided);
  if (decided.decision !== 'amend' || decided.amountMinor > 0 || random.chance(0.5)) return;
  // It was the wrong family.
  add({ ...decided, atMs: atMs + random.between(1, 48) * HOUR, amountMinor: Math.max(500, amountMinor) });
};

const attention = (
  random: Random,
  order: number,
  atMs: number,
  add: (act: Draft<Act>) => void,
  thinksMs = random.between(5, 120) * 1_000,
): void =>
  add({
    kind: 'handle_attention',
    atMs,
    order,
    how: random.pick(['refund', 'refund', 'settle', 'amend_rest']),
    thinksMs,
  });

/** Within seconds: two phones, a payment and a cancellation, an amended amount and an open page. */
const drawMoment = (
  random: Random,
  order: number,
  amountMinor: number,
  atMs: number,
  product: ProductPlan,
  add: (act: Draft<Act>) => void,
): void => {
  const withinMs = random.pick([100, 1_000, 8_000]);
  const near = (): number => atMs + random.between(0, withinMs);
  const quick = (): Pick<OpenPage, 'does' | 'afterMs' | 'debitEnds' | 'debitTakesMs'> => ({
    ...visit(random),
    afterMs: random.between(0, withinMs),
  });
  add({ kind: 'open_page', atMs: near(), order, by: 'parent', ...quick() });
  for (let more = random.between(1, 3); more > 0; more--) {
    switch (random.between(0, 6)) {
      case 0:
      case 1:
        add({ kind: 'open_page', atMs: near(), order, by: 'second_phone', ...quick() });
        break;
      case 2:
        decide(random, order, amountMinor, near(), add, random.between(0, withinMs));
        break;
      case 3:
        attention(random, order, near(), add, random.between(0, withinMs));
        break;
      case 4:
        if (product.category === 'monthly') {
          add({ kind: 'contract', atMs: near(), order, state: random.pick(['ended', 'signed']) });
        } else {
          add({ kind: 'mint', atMs: near(), order });
        }
        break;
      case 5: {
        // Paid while it was canceled, given back, and opened again before that is known here.
        const decision = { kind: 'decide', order, amountMinor, rest: false, thinksMs: 0 } as const;
        const refundMs = near() + random.between(0, 3_000);
        if (random.chance(0.7)) add({ ...decision, atMs: near(), decision: 'cancel' });
        add({ kind: 'refund_at_stripe', atMs: refundMs, order, ...refundOf(random) });
        if (random.chance(0.5)) {
          add({ ...decision, atMs: refundMs + random.between(100, 2_000), decision: 'reopen' });
        }
        break;
      }
      default:
        if (random.chance(0.4)) add({ kind: 'tick', atMs: near() });
        else attention(random, order, near(), add);
    }
  }
};

/** What the club's office and time itself do. */
const drawOffice = (
  random: Random,
  {
    products,
    days,
    mailedBefore,
    compares,
    bills,
    recovers,
  }: {
    products: readonly ProductPlan[];
    days: number;
    mailedBefore: boolean;
    compares: boolean;
    bills: boolean;
    recovers: number;
  },
  add: (act: Draft<Act>) => void,
): void => {
  const within = (): number => random.between(0, (days - 1) * 24 * 60) * MINUTE;
  // The schedule of one tick every five minutes, of which only some are played: a late one catches up.
  for (let ticks = random.chance(0.02) ? random.between(10, 30) : random.between(0, 1); ticks > 0; ticks--)
    add({ kind: 'tick', atMs: within() });
  // The comparison of a day looks back for weeks, not for as long as it was not made.
  for (let day = random.between(4, 14); compares && day < days; day += random.between(7, 14))
    add({ kind: 'tick', atMs: day * DAY });
  if (recovers > 0) {
    const recover = {
      kind: 'recover',
      atMs: random.chance(0.7) ? random.between(25, 100) * HOUR : within(),
      product: random.pick(['utah', 'fee-may']),
      thinksMs: random.between(1, 60) * MINUTE,
      sliceMs: random.pick([60_000, 60_000, 100]),
    } as const;
    add(recover);
    // Of two who look at once both are shown the same, and both have it done.
    if (recovers > 1) add(recover);
  }
  if (compares && random.chance(0.3)) add({ kind: 'reconcile', atMs: within(), repairs: random.chance(0.6) });
  for (let held = random.between(0, mailedBefore ? 1 : 2); held > 0; held--) {
    add({
      kind: 'settle_held',
      atMs: random.between(2, days) * DAY,
      as: random.pick(['sent', 'send_again']),
    });
  }
  if (random.chance(0.2)) {
    const from = random.between(1, days - 12) * DAY;
    add({ kind: 'rotate_keys', atMs: from, step: 'add' });
    add({ kind: 'rotate_keys', atMs: from + 2 * DAY, step: 'sign' });
    if (random.chance(0.4)) add({ kind: 'rotate_keys', atMs: from + 9 * DAY, step: 'revoke' });
  }
  if (bills) {
    const product = 'fee-may';
    add({ kind: 'bill', atMs: random.between(1, days - 12) * DAY, product, atOnce: random.chance(0.5) });
  }
  if (random.chance(0.04)) {
    const { productId } = random.pick(products);
    add({
      kind: 'change_product',
      atMs: within(),
      product: productId,
      amountMinor: random.pick([4_000, 5_000]),
    });
  }
  if (random.chance(0.07)) add({ kind: 'report', atMs: within() });
  if (compares && random.chance(0.1)) {
    const atMs = within();
    add({ kind: 'stray_link', atMs });
    if (random.chance(0.7)) {
      const thinksMs = random.between(5, 120) * 1_000;
      add({ kind: 'close_link', atMs: atMs + random.between(1, 72) * HOUR, thinksMs });
    }
  }
  if (random.chance(0.2)) {
    const atMs = within();
    const marked = random.chance(0.6);
    add({ kind: 'somebody_elses_payment', atMs, marked });
    if (marked && random.chance(0.8)) {
      const as = random.pick(['assigned', 'settled'] as const);
      add({ kind: 'settle_unmatched', atMs: atMs + random.between(1, 48) * HOUR, as });
    }
  }
};
