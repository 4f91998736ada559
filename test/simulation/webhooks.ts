import type { PaymentNotice } from '../../lib/domain/payment-notice.ts';
import type { AccountEvent, StripeAccount } from '../support/memory/stripe-account.ts';
import type { Outcome } from './calls.ts';
import { HOUR, MINUTE, type Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** Stripe's webhooks: each thing that happens in the account is told, late, twice, out of sequence, or never. */
export type Webhooks = {
  /** Sends what has happened since. */
  send(): void;
  /** What a body says, whose signature is right. */
  read(body: string): PaymentNotice;
  /** An event by what it is about: what befalls it stays the same when another order is left out. */
  nameOf(eventId: string): string;
};

/** Stripe's own repetitions of a webhook that was not taken. */
const AGAIN_MS = [5 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR, 48 * HOUR];

export const webhooksOf = (in_: {
  plan: Plan;
  timeline: Timeline;
  account: StripeAccount;
  randomOf: (...names: readonly (string | number)[]) => Random;
  isCalm: () => boolean;
  note: (who: string, what: string) => void;
  fault: (name: 'duplicate') => void;
  /** @param ended told at that moment */
  post: (name: string, body: string, ended: (outcome: Outcome<unknown>) => void) => void;
}): Webhooks => {
  const { plan, timeline, account } = in_;
  const notices = new Map<string, PaymentNotice>();
  const names = new Map<string, string>();
  const paidFor = new Map<string, string>();
  const told = new Map<string, number>();

  const named = ({ id, type, notice }: AccountEvent): string => {
    const paymentId = 'paymentId' in notice ? notice.paymentId : null;
    const known = paymentId === null ? undefined : paidFor.get(paymentId);
    const orderId = 'metadata' in notice ? notice.metadata.order_id : known;
    if (paymentId !== null && orderId !== undefined) paidFor.set(paymentId, orderId);
    const about = `${type}/${orderId ?? 'nobody'}`;
    const nth = (told.get(about) ?? 0) + 1;
    told.set(about, nth);
    names.set(id, `${about}/${nth}`);
    return `${about}/${nth}`;
  };

  const isLost = ({ atMs }: AccountEvent): boolean =>
    plan.lost.some(({ fromMs, toMs }) => atMs - plan.startsMs >= fromMs && atMs - plan.startsMs < toMs);

  const deliver = (name: string, body: string, inMs: number, attempt: number): void =>
    timeline.at(timeline.nowMs() + inMs, () =>
      in_.post(name, body, ({ kind }) => {
        const again = AGAIN_MS[attempt];
        if (kind !== 'done' && again !== undefined) deliver(name, body, again, attempt + 1);
      }),
    );

  const tell = (event: AccountEvent): void => {
    const body = `{"id":"${event.id}","type":"${event.type}","api_version":"sim"}`;
    notices.set(body, event.notice);
    if (isLost(event)) {
      in_.note('Stripe', `the webhook ${event.id} (${event.type}) is lost`);
      return;
    }
    const name = named(event);
    const fate = in_.randomOf(name);
    deliver(name, body, in_.isCalm() ? fate.between(200, 4_000) : travelsMs(fate), 0);
    if (!in_.isCalm() && plan.callFaults.has('duplicate') && fate.chance(0.03)) {
      in_.fault('duplicate');
      deliver(name, body, fate.between(200, 2 * HOUR), AGAIN_MS.length);
    }
  };

  /** The next thing that happens in the account by itself, which is told at its moment. */
  let wakesAtMs = Number.POSITIVE_INFINITY;
  const wakeForNext = (): void => {
    const atMs = account.nextAtMs();
    if (atMs >= wakesAtMs) return;
    wakesAtMs = atMs;
    timeline.at(atMs, () => {
      wakesAtMs = Number.POSITIVE_INFINITY;
    });
  };

  return {
    send: () => {
      if (account.nextAtMs() <= timeline.nowMs()) account.pass();
      for (const event of account.takeEvents()) tell(event);
      wakeForNext();
    },
    read: (body) => {
      const notice = notices.get(body);
      if (notice === undefined) throw new Error(`No event has the body ${body}.`);
      return notice;
    },
    nameOf: (eventId) => names.get(eventId) ?? eventId,
  };
};

/** Most arrive at once, some come behind others, and Stripe goes on for three days with one that failed. */
const travelsMs = (fate: Random): number => {
  const how = fate.between(0, 99);
  if (how < 86) return fate.between(200, 4_000);
  return how < 96 ? fate.between(5_000, 4 * HOUR) : fate.between(4 * HOUR, 60 * HOUR);
};
