import * as v from 'valibot';
import { PlayerId, ProductId } from '../lib/domain/ids.ts';
import { startCheckout } from '../lib/usecases/start-checkout.ts';
import { readConfig } from './config.ts';
import { http, json } from './http.ts';
import { bodyOf } from './input.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, wiring.mintVariables);
const deps = {
  ...wiring.minting(config, wiring.seldomUsedQueue(config.RETIRE_QUEUE_URL)),
  newId: wiring.newId,
};

/** Amounts are not among the fields: they are the order's, or the product's. */
const WebAddress = v.pipe(
  v.string(),
  v.url('must be an address'),
  v.regex(/^https?:/i, 'must begin with https:'),
);

const Body = v.strictObject({
  productId: ProductId,
  playerId: PlayerId,
  period: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,32}$/))), null),
  clientRequestId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 letters, digits, _ or -')),
  successUrl: WebAddress,
  cancelUrl: WebAddress,
});

/** `POST /checkout` (IAM: the club's own site calls it): the order and a page to pay it on. */
export const handler = http(async (event) => json(200, await startCheckout(bodyOf(event, Body), deps)), deps);
