import * as v from 'valibot';
import { Blast, Preview } from '../lib/domain/blast.ts';
import { Instant } from '../lib/domain/ids.ts';
import { Integer } from '../lib/domain/integer.ts';

/** What `functions/plan-blast.ts` answers, for whoever asks it from outside: the command line and the front desk. */

export const SeenPreview = v.object({
  ...Preview.entries,
  productName: v.string(),
  /** Mails of a usual mailing; null before the first. */
  usual: v.nullable(Integer),
  /** It is sent only if so many are said to be meant. */
  unusual: v.boolean(),
  sample: v.nullable(
    v.object({
      orderId: v.string(),
      to: v.string(),
      subject: v.string(),
      text: v.string(),
      html: v.string(),
    }),
  ),
  warnings: v.array(v.string()),
});
export type SeenPreview = v.InferOutput<typeof SeenPreview>;

export const SentMailing = v.object({
  blast: Blast,
  /** False: the same preview had been sent before. */
  isNew: v.boolean(),
  /** On the club's clocks: `2026-05-01 09:00`. */
  startsLocal: v.string(),
  /** True: the time that was asked for does not exist, and this is the next that does. */
  moved: v.boolean(),
  timeZone: v.string(),
});
export type SentMailing = v.InferOutput<typeof SentMailing>;

export const TestMail = v.object({ to: v.string(), orderId: v.string(), subject: v.string() });

/** A mail that is held, before it is sent again. */
export const HeldMail = v.object({
  hash: v.string(),
  address: v.string(),
  claimedAt: Instant,
  standing: v.string(),
});

export const SettledDelivery = v.object({
  blastId: v.string(),
  orderId: v.string(),
  addressKey: v.string(),
  as: v.picklist(['sent', 'send_again']),
});
