import * as v from 'valibot';
import { OrderId } from '../lib/domain/ids.ts';
import { Money } from '../lib/domain/money.ts';
import type { RetireMessage } from '../lib/ports.ts';
import { decideOrder } from '../lib/usecases/decide-order.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, ['ORDERS_TABLE', 'RETIRE_QUEUE_URL']);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  orders: wiring.orders(config),
  retireQueue: wiring.queue<RetireMessage>(config.RETIRE_QUEUE_URL),
};

const Input = v.strictObject({
  orderId: OrderId,
  decision: v.picklist(['amend', 'cancel', 'waive', 'reopen', 'settle']),
  amount: v.exactOptional(Money),
  about: v.exactOptional(v.string()),
  actor: v.string(),
  reason: v.string(),
  decisionId: v.exactOptional(v.string()),
});

/** Ops: amend, cancel, waive or reopen an order, or settle an attention item; each with a name and a reason. */
export const handler = operation(Input, (input) => decideOrder(input, deps), deps);
