import * as v from 'valibot';
import { BlastId } from '../lib/domain/ids.ts';
import { Integer } from '../lib/domain/integer.ts';
import type { BlastTicket } from '../lib/ports.ts';
import { workTicket } from '../lib/usecases/work-ticket.ts';
import { readConfig } from './config.ts';
import { sqs } from './sqs.ts';
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
  'PLANS_TABLE',
  'BLAST_QUEUE_URL',
  'TOKEN_KEYS_SECRET_ID',
  'MAIL_FROM',
  'MAIL_CONFIGURATION_SET',
  'MAIL_RATE_PER_SECOND',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  plans: wiring.plans(config),
  pace: wiring.pace(config),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
  tokens: wiring.tokens(config),
  mailer: wiring.mailer(config),
  club: wiring.club(config),
  site: wiring.site(config),
};

/** Kept back of a function's time, for the mails that are under way when the budget ends. */
const RESERVE_MS = 30_000;

const Ticket = v.object({ blastId: BlastId, shard: Integer, alone: v.exactOptional(v.literal(true)) });

/** Works on a blast for as long as this call may run, at the rate that all senders share. */
export const handler = sqs(
  Ticket,
  (ticket, context) =>
    workTicket(
      {
        ...ticket,
        worker: context.awsRequestId,
        budgetMs: context.getRemainingTimeInMillis() - RESERVE_MS,
        ...(config.MAIL_RATE_PER_SECOND !== undefined && { limitPerSecond: config.MAIL_RATE_PER_SECOND }),
      },
      deps,
    ),
  deps,
);
