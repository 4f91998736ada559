import * as v from 'valibot';
import { FamilyId } from '../lib/domain/ids.ts';
import { forgetFamily, lookAtForgetting } from '../lib/usecases/forget-family.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'BLASTS_TABLE',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  site: wiring.site(config),
};

const familyId = FamilyId;
const Input = v.variant('action', [
  v.strictObject({ action: v.literal('look'), familyId, shown: v.exactOptional(v.string()) }),
  v.strictObject({
    action: v.literal('forget'),
    familyId,
    shown: v.string(),
    actor: v.string(),
    reason: v.string(),
  }),
]);

/** Ops: shows what is known of a family, and leaves nothing of it that tells who they are. */
export const handler = operation(
  Input,
  async (input): Promise<object> =>
    input.action === 'look' ? lookAtForgetting(input, deps) : forgetFamily(input, deps),
  deps,
);
