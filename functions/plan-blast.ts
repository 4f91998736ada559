import * as v from 'valibot';
import { BlastId, OrderId, ProductId } from '../lib/domain/ids.ts';
import type { BlastTicket } from '../lib/ports.ts';
import { approvePreview } from '../lib/usecases/approve-preview.ts';
import { clockAt, localStart } from '../lib/usecases/local-start.ts';
import { previewBlast } from '../lib/usecases/preview-blast.ts';
import { sendTestMail } from '../lib/usecases/send-test-mail.ts';
import { settleDelivery, showHeld } from '../lib/usecases/settle-delivery.ts';
import { cancelBlast, pauseBlast, resumeBlast } from '../lib/usecases/steer-blast.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'BLASTS_TABLE',
  'BLAST_QUEUE_URL',
  'TOKEN_KEYS_SECRET_ID',
  'MAIL_FROM',
  'MAIL_CONFIGURATION_SET',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  previews: wiring.previews(config),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
  tokens: wiring.tokens(config),
  mailer: wiring.mailer(config),
  club: wiring.club(config),
  site: wiring.site(config),
};
const { timeZone } = deps.club;

const Person = v.pipe(v.string(), v.trim(), v.minLength(1, 'say who it is'), v.maxLength(80));
const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'is not a hash that a preview shows'));
const Address = v.pipe(
  v.string(),
  v.regex(/^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/, 'is not one e-mail address'),
);
const audience = {
  productId: ProductId,
  filter: v.exactOptional(
    v.strictObject({
      period: v.exactOptional(v.nullable(v.string())),
      onlyNeverMailed: v.exactOptional(v.boolean()),
    }),
  ),
};
/** Of something that is shown without being stored. */
const Shown = v.pipe(v.string(), v.regex(/^[0-9a-f]{26}$/, 'is not a hash that was shown'));
const mail = {
  orderId: OrderId,
  addressKey: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'is not an address key'))),
};
const steering = { blastId: BlastId, actor: Person };

const Input = v.variant('action', [
  v.strictObject({ action: v.literal('preview'), ...audience }),
  v.strictObject({
    action: v.literal('send'),
    hash: Hash,
    createdBy: Person,
    /** On the club's clocks, `2026-05-01 09:00`; now, when absent. */
    at: v.exactOptional(v.string()),
    acceptUnusualSize: v.exactOptional(v.boolean()),
  }),
  v.strictObject({ action: v.literal('test'), ...audience, to: Address }),
  v.strictObject({ action: v.literal('pause'), ...steering }),
  v.strictObject({ action: v.literal('resume'), ...steering }),
  v.strictObject({ action: v.literal('cancel'), ...steering }),
  v.strictObject({ action: v.literal('show_held'), blastId: BlastId, ...mail }),
  v.strictObject({
    action: v.literal('settle'),
    ...steering,
    ...mail,
    shown: v.exactOptional(Shown),
    as: v.picklist(['sent', 'send_again']),
    reason: v.pipe(v.string(), v.trim(), v.minLength(1, 'say how that is known'), v.maxLength(200)),
  }),
]);
type Input = v.InferOutput<typeof Input>;

const send = async ({ hash, createdBy, at, acceptUnusualSize }: Extract<Input, { action: 'send' }>) => {
  const start = at === undefined ? undefined : await localStart(at, timeZone);
  const approved = await approvePreview(
    {
      hash,
      createdBy,
      ...(start !== undefined && { startsAt: start.startsAt }),
      ...(acceptUnusualSize !== undefined && { acceptUnusualSize }),
    },
    deps,
  );
  return {
    ...approved,
    /** On the club's clocks, and whether that is another time than was asked for. */
    startsLocal: clockAt(approved.blast.startsAt, timeZone),
    moved: start?.moved ?? false,
    timeZone,
  };
};

const run = async (input: Input) => {
  switch (input.action) {
    case 'preview':
      return previewBlast(input, deps);
    case 'send':
      return send(input);
    case 'test':
      return sendTestMail(input, deps);
    case 'pause':
      return pauseBlast(input, deps);
    case 'resume':
      return resumeBlast(input, deps);
    case 'cancel':
      return cancelBlast(input, deps);
    case 'show_held':
      return showHeld(input, deps);
    case 'settle':
      return settleDelivery(input, deps);
  }
};

/** Ops: shows what a mailing would do, sends exactly what was shown, and steers it while it runs. */
export const handler = operation(Input, run, deps);
