import { join } from 'node:path';
import Table from 'cli-table3';
import type { FunctionName } from '../../infra/functions.ts';
import { postSigned } from '../support/signed-webhook.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { buildFloors } from './bundles.ts';
import { assemblyWithFloors } from './floor-assembly.ts';
import { alternating, rounded } from './rounds.ts';

/** Requests of one round, and how many of them are under way at once. */
const REQUESTS = 400;
const AT_ONCE = 4;
/** The least that a function may reach of what its floor does. */
const AT_LEAST = 0.8;

type Load = {
  /** Whose floor is put in its place. */
  of: FunctionName;
  /** Made once per stack; each call is one request, and fails if the answer is not the right one. */
  prepare(test: TestStack): Promise<() => Promise<void>>;
};

/** A parent opens a link that has been minted before: one read of the order, then to Stripe. */
export const click: Load = {
  of: 'first-payment',
  prepare: async (test) => {
    const url = test.payUrl(await test.order());
    const open = async (): Promise<void> => {
      const answer = await fetch(url, { redirect: 'manual' });
      await answer.arrayBuffer();
      if (answer.status !== 303) throw new Error(`A click was answered with ${answer.status}.`);
    };
    await open();
    return open;
  },
};

/** Stripe delivers a signed event: signature, queue. Of a type that nothing more is done about. */
export const webhook: Load = {
  of: 'stripe-webhook',
  prepare: async (test) => {
    let count = 0;
    return async () => {
      const status = await postSigned(test.stack, {
        id: `evt_${++count}`,
        object: 'event',
        type: 'customer.created',
        created: 1,
        livemode: false,
        data: { object: { id: 'cus_1' } },
      });
      if (status !== 200) throw new Error(`A webhook was answered with ${status}.`);
    };
  },
};

/** Requests per second through the local stack, beside the same stack with the floor in the function's place. */
export const throughput = async (load: Load, scratch: string, rounds: number): Promise<object> => {
  const floors = await buildFloors(join(scratch, 'floor'));
  const withFloor = await assemblyWithFloors(join(scratch, 'assembly'), floors, [load.of]);
  const stacks: TestStack[] = [];
  try {
    for (const options of [{}, { assemblyDirectory: withFloor }]) {
      stacks.push(await startTestStack({ ...options, throttling: false }));
    }
    const measures = [];
    for (const test of stacks) {
      const request = await load.prepare(test);
      measures.push(async () => {
        const perSecond = await requestsPerSecond(request);
        // What the requests leave behind, in the queues and in the lists that tests read, is not the next round's.
        await test.stack.settled();
        test.forget();
        test.stack.logs.clear();
        test.stack.invocations.clear();
        return perSecond;
      });
    }
    const [perSecond = 0, floorPerSecond = 0] = await alternating(rounds, measures);
    const ratio = perSecond / floorPerSecond;
    const table = new Table({
      head: ['requests a second', load.of, 'floor', 'ratio', ''],
      colAligns: ['left', 'right', 'right', 'right', 'left'],
      style: { head: [], border: [], compact: true },
    });
    table.push([
      `median of ${rounds} rounds of ${REQUESTS}`,
      perSecond.toFixed(0),
      floorPerSecond.toFixed(0),
      ratio.toFixed(2),
      ratio >= AT_LEAST ? '' : 'too slow',
    ]);
    console.log(table.toString());
    return {
      perSecond: rounded(perSecond, 1),
      floorPerSecond: rounded(floorPerSecond, 1),
      ratio: rounded(ratio, 3),
    };
  } finally {
    for (const test of stacks) await test.stop();
  }
};

const requestsPerSecond = async (request: () => Promise<void>): Promise<number> => {
  let left = REQUESTS;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await request();
    }),
  );
  return REQUESTS / ((performance.now() - startedAt) / 1_000);
};
