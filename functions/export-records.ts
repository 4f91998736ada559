import * as v from 'valibot';
import { ProductId, SHARDS } from '../lib/domain/ids.ts';
import { exportRecords } from '../lib/usecases/export-records.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, ['ORDERS_TABLE', 'ROSTER_TABLE']);
const deps = { log: wiring.log, orders: wiring.orders(config), roster: wiring.roster(config) };

const after = v.exactOptional(v.pipe(v.string(), v.maxLength(1000)));
const Input = v.variant('of', [
  v.strictObject({ of: v.literal('products') }),
  v.strictObject({ of: v.picklist(['families', 'players']), after }),
  v.strictObject({
    of: v.picklist(['orders', 'payments']),
    productId: ProductId,
    shard: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SHARDS - 1)),
    after,
  }),
]);

/** Ops: page by page what the club has here, and the money that moved. Reads only. */
export const handler = operation(Input, (input) => exportRecords(input, deps), deps);
