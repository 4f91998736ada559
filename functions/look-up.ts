import * as v from 'valibot';
import { FamilyId, OrderId, ProductId } from '../lib/domain/ids.ts';
import { nearKinds } from '../lib/domain/look-up.ts';
import { findNearest, listUnpaid, stateFamily, tellStory } from '../lib/usecases/look-up.ts';
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
  'TOKEN_KEYS_SECRET_ID',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  tokens: wiring.tokens(config),
  club: wiring.club(config),
  site: wiring.site(config),
};

const Input = v.variant('action', [
  v.strictObject({ action: v.literal('story'), orderId: OrderId }),
  v.strictObject({ action: v.literal('statement'), familyId: FamilyId }),
  v.strictObject({
    action: v.literal('unpaid'),
    productId: ProductId,
    /** As a part said where the next one begins. */
    after: v.exactOptional(
      v.pipe(v.string(), v.regex(/^\d{1,2}( [\w-]{1,64})?$/, 'is no place to go on at')),
    ),
  }),
  v.strictObject({
    action: v.literal('nearest'),
    kind: v.picklist(nearKinds),
    // Whatever was typed.
    id: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  }),
]);

const answer = (input: v.InferOutput<typeof Input>) => {
  switch (input.action) {
    case 'story':
      return tellStory(input, deps);
    case 'statement':
      return stateFamily(input, deps);
    case 'unpaid':
      return listUnpaid(input, deps);
    case 'nearest':
      return findNearest(input, deps);
  }
};

/** Ops: what there is to know of an order, a family, a product; and what a typo may have meant. Only reads. */
export const handler = operation(Input, async (input): Promise<object> => answer(input), deps);
