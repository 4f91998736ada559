import * as v from 'valibot';
import type { BlastReport, ListedBlast } from '../lib/domain/blast-report.ts';
import { BlastId } from '../lib/domain/ids.ts';
import { listBlasts, reportBlast } from '../lib/usecases/report-blast.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'ORDERS_TABLE',
  'BLASTS_TABLE',
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  blasts: wiring.blasts(config),
  club: wiring.club(config),
};

const List = v.strictObject({ action: v.literal('list') });
const Report = v.strictObject({
  blastId: BlastId,
  freshWithinSeconds: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
});
// Not a union, whose complaint would name neither what is missing nor what is too much.
const Input = v.lazy((input) =>
  typeof input === 'object' && input !== null && 'action' in input ? List : Report,
);

/** Ops: what became of a blast, or the list of all. Looks only: nothing is kept but what was counted. */
export const handler = operation(
  Input,
  async (input): Promise<BlastReport | ListedBlast[]> =>
    'action' in input ? listBlasts(deps) : reportBlast(input, deps),
  deps,
);
