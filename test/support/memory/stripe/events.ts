import type { Told } from '../../../../lib/adapters/stripe/told.ts';
import { InvalidInput } from '../../../../lib/domain/errors.ts';
import type { Instant } from '../../../../lib/domain/ids.ts';
import type { HandledEventType, PaymentNotice } from '../../../../lib/domain/payment-notice.ts';

/** Something that happened, of a type that our endpoint asks for. */
export type AccountEvent = {
  readonly id: string;
  readonly type: HandledEventType;
  readonly atMs: number;
  /** As `readStripeEvent` would read its body. Frozen: an event is delivered more than once. */
  readonly notice: PaymentNotice;
};

export type Events = {
  emit(type: HandledEventType, told: Told): void;
  /** Those since the last call, in sequence. */
  take(): AccountEvent[];
  /** The body is the id. */
  read(body: string): PaymentNotice;
};

/** @param kept false: nobody will ask */
export const events = (nowMs: () => number, atSecond: (second: number) => Instant, kept: boolean): Events => {
  const byId = new Map<string, AccountEvent>();
  let news: AccountEvent[] = [];
  return {
    emit: (type, told) => {
      if (!kept) return;
      const id = `evt_${byId.size + 1}`;
      const atMs = nowMs();
      const at = atSecond(wholeSeconds(atMs));
      const notice = { eventId: id, eventType: type, livemode: false, at, source: 'stripe_event', ...told };
      const event: AccountEvent = { id, type, atMs, notice: Object.freeze(notice as PaymentNotice) };
      byId.set(id, event);
      news.push(event);
    },
    take: () => {
      const taken = news;
      news = [];
      return taken;
    },
    read: (body) => {
      const event = byId.get(body);
      if (event === undefined) throw new InvalidInput('The body is not a Stripe event.');
      return event.notice;
    },
  };
};

export const wholeSeconds = (epochMs: number): number => Math.floor(epochMs / 1000);
