import * as v from 'valibot';
import { InvalidInput } from '../lib/domain/errors.ts';
import { OrderId } from '../lib/domain/ids.ts';
import { mintLink } from '../lib/usecases/mint-link.ts';
import { payUrl } from '../lib/usecases/surface-request.ts';
import { readConfig } from './config.ts';
import { http, json } from './http.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, wiring.mintVariables);
const deps = wiring.minting(config, wiring.seldomUsedQueue(config.RETIRE_QUEUE_URL));

/** `POST /orders/{orderId}/link` (IAM): the order's open surface, made if there is none, and the URL to mail. */
export const handler = http(async (event) => {
  const parsed = v.safeParse(OrderId, event.pathParameters?.orderId);
  if (!parsed.success) throw new InvalidInput('The path must name an order: /orders/{orderId}/link.');
  const order = await deps.orders.get(parsed.output);
  const surface = await mintLink(
    { orderId: parsed.output, ...(order === undefined ? {} : { read: order }) },
    deps,
  );
  return json(200, {
    orderId: parsed.output,
    surfaceId: surface.stripeId,
    generation: surface.generation,
    amount: surface.amount,
    payUrl: order === undefined ? null : payUrl(order, await deps.tokens.keys(), deps.site),
  });
}, deps);
