import * as v from 'valibot';
import { OrderId } from '../lib/domain/ids.ts';
import { Money } from '../lib/domain/money.ts';
import type { RetireMessage } from '../lib/ports.ts';
import { applyDecision, lookAtDecision } from '../lib/usecases/apply-decision.ts';
import { decideOrder } from '../lib/usecases/decide-order.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, ['STAGE', 'LIVEMODE', 'BASE_URL', 'ORDERS_TABLE', 'RETIRE_QUEUE_URL']);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  orders: wiring.orders(config),
  retireQueue: wiring.queue<RetireMessage>(config.RETIRE_QUEUE_URL),
  site: wiring.site(config),
};

const decisions = v.picklist(['amend', 'cancel', 'waive', 'reopen', 'settle']);
const wanted = {
  orderId: OrderId,
  decision: decisions,
  amount: v.exactOptional(v.string()),
  rest: v.exactOptional(v.boolean()),
  item: v.exactOptional(v.string()),
};

const Planned = v.variant('action', [
  v.strictObject({ action: v.literal('look'), ...wanted, shown: v.exactOptional(v.string()) }),
  v.strictObject({
    action: v.literal('apply'),
    ...wanted,
    shown: v.string(),
    actor: v.string(),
    reason: v.string(),
  }),
]);

/** For a page where a person sees the order beside the button. */
const Direct = v.strictObject({
  orderId: OrderId,
  decision: decisions,
  amount: v.exactOptional(Money),
  about: v.exactOptional(v.string()),
  actor: v.string(),
  reason: v.string(),
  decisionId: v.exactOptional(v.string()),
});

/**
 * Ops: amend, cancel, waive or reopen an order, or settle an attention item; each with a name and a reason. `look`
 * shows what that would do, `apply` does exactly what was shown.
 */
export const handler = operation(
  v.lazy((input) => (v.is(v.looseObject({ action: v.unknown() }), input) ? Planned : Direct)),
  async (input) => {
    if (!('action' in input)) return decideOrder(input, deps);
    return input.action === 'look' ? lookAtDecision(input, deps) : applyDecision(input, deps);
  },
  deps,
);
