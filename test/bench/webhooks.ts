import Table from 'cli-table3';
import { startTestStack } from '../support/stack.ts';
import { faultsOf, ordersOf, peakMb, SMALL_HEAP, sendAll, untoldEvents } from '../support/webhook-burst.ts';
import { rounded } from './rounds.ts';

const WEBHOOKS = 2_000;

/**
 * Some hundreds of orders that were paid, debited, refunded and disputed at Stripe, and nobody told us: all of their
 * webhooks within a moment, in a random sequence, and then all of them once more. Fails if any order is not right then.
 */
export const webhooks = async (): Promise<object> => {
  const test = await startTestStack({ throttling: false, environment: SMALL_HEAP });
  try {
    const burst = await untoldEvents(test, WEBHOOKS);
    const seed = Date.now() % 1_000_000;
    const table = new Table({
      head: ['', 'webhooks', 'taken', 'taken in s', 'done in s', 'fulfil MB', 'webhook MB', 'not right'],
      colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
      style: { head: [], border: [], compact: true },
    });
    const bursts = [];
    let before = await ordersOf(test, burst);
    for (const [index, name] of ['first', 'again'].entries()) {
      test.stack.logs.clear();
      const startedAt = performance.now();
      const taken = await sendAll(test, burst.events, { seed: seed + index });
      const takenAt = performance.now();
      await test.stack.settled();
      const doneAt = performance.now();
      const faults = await faultsOf(test, burst);
      const after = await ordersOf(test, burst);
      if (index > 0 && JSON.stringify(after) !== JSON.stringify(before))
        faults.push('duplicates changed an order');
      before = after;
      for (const fault of faults) console.error(fault);
      const told = {
        taken,
        takenSeconds: rounded((takenAt - startedAt) / 1_000, 1),
        doneSeconds: rounded((doneAt - startedAt) / 1_000, 1),
        fulfilMb: rounded(peakMb(test, 'fulfil-payment'), 0),
        webhookMb: rounded(peakMb(test, 'stripe-webhook'), 0),
        faults: faults.length,
      };
      bursts.push(told);
      table.push([name, burst.events.length, ...Object.values(told)]);
    }
    console.log(table.toString());
    const [first, again] = bursts;
    if (first === undefined || again === undefined) throw new Error('A burst is missing.');
    return {
      seed,
      orders: burst.orders.size,
      webhooks: burst.events.length,
      lost: burst.events.length * 2 - first.taken - again.taken,
      faults: first.faults + again.faults,
      fulfilMb: again.fulfilMb,
      memoryRatio: rounded(again.fulfilMb / first.fulfilMb, 2),
      takenPerSecond: rounded(first.taken / first.takenSeconds, 0),
      donePerSecond: rounded(first.taken / first.doneSeconds, 0),
    };
  } finally {
    await test.stop();
  }
};
