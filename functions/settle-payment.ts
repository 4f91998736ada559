import * as v from 'valibot';
import { OrderId, ProductId, StripeId } from '../lib/domain/ids.ts';
import type { RetireMessage } from '../lib/ports.ts';
import { listAttention } from '../lib/usecases/list-attention.ts';
import { lookAtRefund, refundPayment } from '../lib/usecases/refund-payment.ts';
import {
  assignUnmatched,
  lookAtAssignment,
  lookAtSettling,
  settleUnmatched,
} from '../lib/usecases/settle-unmatched.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'ORDERS_TABLE',
  'RETIRE_QUEUE_URL',
  'STRIPE_KEY_SECRET_ID',
  'STRIPE_ENDPOINT_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  retireQueue: wiring.queue<RetireMessage>(config.RETIRE_QUEUE_URL),
  // A person waits, and can ask again: no repetitions within one answer.
  stripe: wiring.stripeForOps(config),
  site: wiring.site(config),
};

const after = v.exactOptional(v.pipe(v.string(), v.maxLength(1000)));
const shown = v.string();
const signature = { actor: v.string(), reason: v.string() };
const refund = {
  orderId: OrderId,
  paymentId: v.exactOptional(v.string()),
  amount: v.exactOptional(v.string()),
};
const assign = { stripeId: StripeId, orderId: OrderId };

const Input = v.variant('action', [
  v.strictObject({ action: v.literal('attention'), productId: v.exactOptional(ProductId), after }),
  v.strictObject({ action: v.literal('unmatched'), after }),
  v.strictObject({ action: v.literal('look_refund'), ...refund, shown: v.exactOptional(shown) }),
  v.strictObject({ action: v.literal('refund'), ...refund, shown, ...signature }),
  v.strictObject({ action: v.literal('look_assign'), ...assign, shown: v.exactOptional(shown) }),
  v.strictObject({ action: v.literal('assign'), ...assign, shown, ...signature }),
  v.strictObject({ action: v.literal('look_settle'), stripeId: StripeId, shown: v.exactOptional(shown) }),
  v.strictObject({ action: v.literal('settle'), stripeId: StripeId, shown, ...signature }),
]);

/**
 * Ops: what needs a person; gives money back, and says whose a payment is that no order could be found for. Each is
 * looked at first, and done as it was shown.
 */
export const handler = operation(
  Input,
  async (input) => {
    switch (input.action) {
      case 'attention':
        return listAttention(input, deps);
      case 'unmatched':
        return deps.orders.pageOfUnmatched({ limit: 100, ...(input.after && { after: input.after }) });
      case 'look_refund':
        return lookAtRefund(input, deps);
      case 'refund':
        return refundPayment(input, deps);
      case 'look_assign':
        return lookAtAssignment(input, deps);
      case 'assign':
        return assignUnmatched(input, deps);
      case 'look_settle':
        return lookAtSettling(input, deps);
      case 'settle':
        return settleUnmatched(input, deps);
    }
  },
  deps,
);
