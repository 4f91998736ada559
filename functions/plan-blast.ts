import * as v from 'valibot';
import { BlastId, Instant, ProductId } from '../lib/domain/ids.ts';
import type { BlastTicket } from '../lib/ports.ts';
import { planBlast } from '../lib/usecases/plan-blast.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, ['ROSTER_TABLE', 'BLASTS_TABLE', 'BLAST_QUEUE_URL']);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
};

const Input = v.strictObject({
  blastId: BlastId,
  productId: ProductId,
  startsAt: v.exactOptional(Instant),
  createdBy: v.pipe(v.string(), v.minLength(1)),
});

/** Ops: mail every order of a product. The same `blastId` again is the same blast. */
export const handler = operation(Input, (input) => planBlast(input, deps), deps);
