import { type DeliveryRef, readDeliveryTag } from '../../lib/domain/blast.ts';
import { MailRefused } from '../../lib/domain/errors.ts';
import { payability } from '../../lib/domain/order.ts';
import type { Mail, Mailer } from '../../lib/ports.ts';
import { mailEvent } from '../support/mail-events.ts';
import { memoryMailer, type SentMail } from '../support/memory/mailer.ts';
import type { Violation } from './club.ts';
import { DAY, HOUR, type Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { Watched } from './watched-orders.ts';

export type Taken = {
  atMs: number;
  to: string;
  ref: DeliveryRef;
  url: string;
  unsubscribeUrl: string | null;
};

/** The mailer in memory as SES, and the mailboxes behind it: takes mails, tells what became of each, and keeps them for their readers. */
export type PostOffice = {
  mailer: Mailer;
  /** All that was taken, in sequence. */
  taken: readonly Taken[];
  /** The mails about one order. */
  about(orderId: string): readonly Taken[];
  raiseQuota(): void;
};

const OUR_URL = /https:\/\/pay\.club\.example\/(?:pay\/|checkout\/first-payment\?token=)[\w-]+/g;
/** What must not be mailed: an address at Stripe ends some day. */
const STRIPE_URL = /https?:\/\/[\w.-]*stripe\.|plink_|cs_test_/;
/** A mail that is under way when its order is settled is not a reminder of something paid. */
const UNDER_WAY_MS = 5_000;
const HASTE_MS = 5_000;
const UNDER_WAY_AT_ONCE = 4;
const CLOCKS_APART_S = 4;
/** What was read of an address is good for so long. */
const SLOW_MS = 6_000;
/** Who writes looks every two seconds; what was begun by then still leaves, … */
const NOTICED_MS = 8_000;
/** … also from a machine that stood still. */
const STANDSTILL_MS = 45_000;

export const postOffice = (in_: {
  plan: Plan;
  timeline: Timeline;
  random: Random;
  feedback: (body: string) => void;
  note: (who: string, what: string, orderId?: string) => void;
  violated: (violation: Violation) => void;
  watched: Watched;
  /** Since when nothing may be mailed there, as the roster has it. */
  suppressedAtMs: (address: string) => number | undefined;
  /** Since when a mailing writes to nobody; undefined: it may. */
  stoppedAtMs: (blastId: string) => number | undefined;
  /** How often somebody who writes was slow so far. */
  slow: () => number;
}): PostOffice => {
  const { plan, timeline, random, violated, watched } = in_;
  const taken: Taken[] = [];
  const byOrder = new Map<string, Taken[]>();
  const recent: number[] = [];

  const sentLast24Hours = (): number => {
    const since = timeline.nowMs() - DAY;
    let count = 0;
    for (let i = taken.length - 1; i >= 0 && (taken[i] as Taken).atMs > since; i--) count += 1;
    return count;
  };

  const apartS = plan.worldFaults.has('clock_skew') ? CLOCKS_APART_S : 0;
  /** What clocks of functions are apart, a mail may leave too early by, … */
  const early = plan.mail.perSecond * apartS;
  /** … or wait longer for its place. */
  const noticedMs = NOTICED_MS + apartS * 1_000;
  /** A burst of less than a second is no haste, and some mails were under way for seconds; what lasts is. */
  const tooFast = (): boolean => {
    const nowMs = timeline.nowMs();
    while ((recent[0] ?? nowMs) <= nowMs - HASTE_MS) recent.shift();
    recent.push(nowMs);
    return recent.length > plan.mail.perSecond * (HASTE_MS / 1_000) * 1.1 + UNDER_WAY_AT_ONCE + early;
  };

  const check = (mail: Mail, ref: DeliveryRef): string => {
    const { orderId } = ref;
    const urls = [...new Set(mail.text.match(OUR_URL) ?? [])];
    const [url] = urls;
    if (url === undefined || urls.length > 1 || !mail.html.includes(url.slice(0, 60))) {
      violated({
        promise: 'a mail carries our URL',
        detail: `${urls.length} in a mail about ${orderId}`,
        orderId,
      });
    }
    if (STRIPE_URL.test(mail.text)) {
      violated({ promise: 'no Stripe URL in a mail', detail: `a mail about ${orderId} has one`, orderId });
    }
    const states = watched.since(orderId, timeline.nowMs() - UNDER_WAY_MS);
    if (!states.some((order) => payability(order, timeline.instant(-UNDER_WAY_MS)) === 'payable')) {
      violated({
        promise: 'nobody who has paid is reminded',
        detail: `a mail about ${orderId}, which can't be paid, left`,
        orderId,
      });
    }
    const standing = in_.suppressedAtMs(mail.to);
    if (standing !== undefined && standing < timeline.nowMs() - UNDER_WAY_MS - SLOW_MS) {
      violated({
        promise: 'an address that bounced or complained is left alone',
        detail: `a mail about ${orderId} left to one`,
        orderId,
      });
    }
    const stopped = in_.stoppedAtMs(ref.blastId);
    if (stopped !== undefined && stopped < timeline.nowMs() - noticedMs - in_.slow() * STANDSTILL_MS) {
      violated({
        promise: 'a mailing that is paused or canceled writes to nobody',
        detail: `a mail of ${ref.blastId} about ${orderId} left`,
        orderId,
      });
    }
    return url ?? '';
  };

  const tell = (kind: Parameters<typeof mailEvent>[0], mail: Taken, messageId: string, inMs: number): void =>
    timeline.at(timeline.nowMs() + inMs, () => {
      in_.note('SES', `${kind} of ${messageId}`, mail.ref.orderId);
      in_.feedback(
        mailEvent(kind, {
          ref: mail.ref,
          to: mail.to,
          messageId,
          mailedAt: new Date(mail.atMs).toISOString(),
          at: timeline.instant(0),
        }),
      );
    });

  /** Some mailboxes are full, some are gone, some people complain; most mails arrive. */
  const arrive = (mail: Taken, messageId: string): void => {
    const isLate = plan.worldFaults.has('mail_events_late') && random.chance(0.3);
    const lateMs = isLate ? random.between(HOUR, 12 * HOUR) : 0;
    tell('Send', mail, messageId, lateMs + random.between(100, 3_000));
    const fate = random.between(0, 99);
    const kind = fate < 3 ? 'Permanent' : fate < 5 ? 'Transient' : 'Delivery';
    tell(kind, mail, messageId, lateMs + random.between(200, 20_000));
    if (fate === 5) tell('Complaint', mail, messageId, lateMs + random.between(60_000, 2 * DAY));
  };

  const refuse = (): void => {
    if (!random.chance(0.003)) return;
    throw new MailRefused('The address can not be written to.', 'message', { error: 'MessageRejected' });
  };

  const take = (mail: SentMail): void => {
    const ref = readDeliveryTag(mail.deliveryTag);
    if (ref === undefined) throw new Error(`The tag ${mail.deliveryTag} names no delivery.`);
    if (tooFast()) {
      violated({ promise: 'no faster than SES allows', detail: `${recent.length} mails in ${HASTE_MS} ms` });
    }
    const url = check(mail, ref);
    const atMs = timeline.nowMs();
    const kept: Taken = { atMs, to: mail.to, ref, url, unsubscribeUrl: mail.unsubscribeUrl ?? null };
    taken.push(kept);
    const known = byOrder.get(ref.orderId);
    if (known === undefined) byOrder.set(ref.orderId, [kept]);
    else known.push(kept);
    in_.note('SES', `takes ${mail.messageId} of ${ref.blastId}`, ref.orderId);
    arrive(kept, mail.messageId);
  };

  const mailer = memoryMailer({ before: refuse, after: take }, sentLast24Hours);
  Object.assign(mailer.account, plan.mail);
  return {
    mailer,
    taken,
    about: (orderId) => byOrder.get(orderId) ?? [],
    raiseQuota: () => {
      mailer.account.per24Hours = 50_000;
    },
  };
};
