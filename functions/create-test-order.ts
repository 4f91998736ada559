import * as v from 'valibot';
import { Currency } from '../lib/domain/money.ts';
import { createTestOrder } from '../lib/usecases/create-test-order.ts';
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
  'TOKEN_KEYS_SECRET_ID',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  tokens: wiring.tokens(config),
  club: wiring.club(config),
  site: wiring.site(config),
};

const Input = v.strictObject({
  address: v.pipe(v.string(), v.email('must be an e-mail address')),
  currency: v.optional(Currency, 'usd'),
});

/** Ops: the club's own order of the smallest amount. Again, while it can be paid: the same one. */
export const handler = operation(Input, (input) => createTestOrder(input, deps), deps);
