import * as v from 'valibot';
import { type DeliveryRef, type DeliveryState, readDeliveryTag, TRANSIENT } from './blast.ts';
import { InvalidInput } from './errors.ts';
import { type Instant, instant } from './ids.ts';
import type { AddressStanding } from './roster.ts';

/** What SES tells of one mail, in the words of the ledger. */
export type MailEvent = {
  kind: 'mail';
  /** SES's own word for it, for the log. */
  told: string;
  messageId: string;
  /** When SES took the mail. */
  mailedAt: Instant;
  /** The delivery that the mail was; undefined for a mail of no blast: a test mail, for example. */
  delivery: DeliveryRef | undefined;
  news: { state: DeliveryState; reason: string | null; at: Instant };
  /** Addresses that nothing is to be mailed to any more, and why. */
  suppresses: { reason: NonNullable<AddressStanding['suppressed']>['reason']; addresses: string[] } | null;
};
/** Well formed, and nothing that the ledger has a place for. */
export type OtherMailEvent = { kind: 'other'; told: string };

/** SES writes `2017-08-05T00:40:02.012Z`; ISO 8601 also allows it without the fraction. */
const Time = v.pipe(
  v.string(),
  v.check((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), 'an ISO 8601 time'),
  v.transform((text): Instant => instant(Date.parse(text))),
);

const MailObject = v.object({
  /** Of letters, digits and hyphens: it is logged. */
  messageId: v.pipe(v.string(), v.regex(/^[\w.-]{1,200}$/)),
  timestamp: Time,
  /** Name → values. Absent where SES publishes no tags. */
  tags: v.optional(v.record(v.string(), v.array(v.string()))),
});
const common = { mail: MailObject };
const Recipients = v.array(v.object({ emailAddress: v.pipe(v.string(), v.maxLength(1_000)) }));

/** @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html */
const Told = v.variant('eventType', [
  v.object({ eventType: v.literal('Send'), ...common }),
  v.object({ eventType: v.literal('Delivery'), ...common, delivery: v.object({ timestamp: Time }) }),
  v.object({
    eventType: v.literal('Bounce'),
    ...common,
    bounce: v.object({
      bounceType: v.picklist(['Permanent', 'Transient', 'Undetermined']),
      bouncedRecipients: Recipients,
      timestamp: Time,
    }),
  }),
  v.object({
    eventType: v.literal('Complaint'),
    ...common,
    complaint: v.object({ complainedRecipients: Recipients, timestamp: Time }),
  }),
  v.object({ eventType: v.literal('Reject'), ...common }),
  v.object({ eventType: v.literal('Rendering Failure'), ...common }),
]);
type Told = v.InferOutput<typeof Told>;
type Kind = Told['eventType'];
type ToldOf<K extends Kind> = Extract<Told, { eventType: K }>;

const known: ReadonlySet<string> = new Set(Told.options.map((option) => option.entries.eventType.literal));
const AnyEvent = v.object({ eventType: v.string() });
/** As SNS wraps a message where its subscription does not deliver it raw. */
const Envelope = v.object({ Type: v.literal('Notification'), Message: v.string() });

/** What SES publishes when a topic becomes the destination of its events: with every new stage, once. */
const GREETING = /^Successfully validated SNS topic/;

/**
 * Reads a message of SES, with SNS's envelope or without.
 * @throws {InvalidInput} for one that can't be read, without repeating anything of it: it may hold addresses
 */
export const readMailEvent = (body: string): MailEvent | OtherMailEvent => {
  if (GREETING.test(body)) return { kind: 'other', told: 'topic_validated' };
  const message = parseJson(body);
  const wrapped = v.safeParse(Envelope, message);
  if (wrapped.success) return readMailEvent(wrapped.output.Message);
  const { eventType } = parsed(AnyEvent, message);
  // Logged as it is, where it is a word that SES could have.
  if (!known.has(eventType))
    return { kind: 'other', told: /^[A-Za-z ]{1,40}$/.test(eventType) ? eventType : 'unknown' };
  const told = parsed(Told, message);
  const { messageId, timestamp, tags } = told.mail;
  const tag = tags?.delivery?.[0];
  const meaning = meanings[told.eventType] as (told: Told) => Meaning;
  return {
    kind: 'mail',
    told: told.eventType,
    messageId,
    mailedAt: timestamp,
    delivery: tag === undefined ? undefined : readDeliveryTag(tag),
    suppresses: null,
    ...meaning(told),
  };
};

type Meaning = Pick<MailEvent, 'news'> & Partial<Pick<MailEvent, 'suppresses'>>;

const meanings: { [K in Kind]: (told: ToldOf<K>) => Meaning } = {
  Send: ({ mail }) => ({ news: { state: 'sent', reason: null, at: mail.timestamp } }),
  Delivery: ({ delivery }) => ({ news: { state: 'delivered', reason: null, at: delivery.timestamp } }),
  // Only a permanent one says anything of the address. A full mailbox is transient, and so is, for SES, the
  // answer of somebody who is on holiday.
  // https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html#event-publishing-retrieving-sns-contents-bounce-types
  Bounce: ({ bounce }) => ({
    news: { state: 'bounced', reason: bounceReasons[bounce.bounceType], at: bounce.timestamp },
    ...(bounce.bounceType === 'Permanent' && {
      suppresses: { reason: 'bounced' as const, addresses: addressesOf(bounce.bouncedRecipients) },
    }),
  }),
  Complaint: ({ complaint }) => ({
    news: { state: 'complained', reason: null, at: complaint.timestamp },
    suppresses: { reason: 'complained', addresses: addressesOf(complaint.complainedRecipients) },
  }),
  Reject: ({ mail }) => ({ news: { state: 'failed', reason: 'reject', at: mail.timestamp } }),
  'Rendering Failure': ({ mail }) => ({
    news: { state: 'failed', reason: 'rendering_failure', at: mail.timestamp },
  }),
};

const bounceReasons = { Permanent: 'permanent', Transient: TRANSIENT, Undetermined: 'undetermined' };

/** Bare: a recipient may be written as `Dana <dana@family.example>`. */
const addressesOf = (recipients: v.InferOutput<typeof Recipients>): string[] =>
  recipients.map(({ emailAddress }) => /<([^<>]+)>\s*$/.exec(emailAddress)?.[1] ?? emailAddress);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput('This message of SES is not JSON.');
  }
};

const parsed = <S extends v.GenericSchema>(schema: S, message: unknown): v.InferOutput<S> => {
  const read = v.safeParse(schema, message);
  if (read.success) return read.output;
  const fields = read.issues.map((issue) => v.getDotPath(issue) ?? 'all of it');
  throw new InvalidInput(`This message of SES can't be read: ${fields.join(', ')}.`);
};
