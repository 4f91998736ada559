import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import {
  type Burst,
  faultsOf,
  ordersOf,
  peakMb,
  SMALL_HEAP,
  sendAll,
  untoldEvents,
} from '../../support/webhook-burst.ts';

/** `npm run bench -- webhooks` does the same with 2,000. */
const WEBHOOKS = 200;
/** Of the 512 MB that a function has; of these 64 are heap here. */
const MOST_MB = 160;

let test: TestStack;
let burst: Burst;
beforeAll(async () => {
  test = await startTestStack({ throttling: false, environment: SMALL_HEAP });
  burst = await untoldEvents(test, WEBHOOKS);
});
afterAll(() => test.stop());

describe('hundreds of webhooks within a moment, in any sequence', () => {
  it('are all taken, and bring every order where Stripe has it', async () => {
    test.stack.logs.clear();
    expect(await sendAll(test, burst.events, { seed: 1 })).toBe(burst.events.length);
    await test.stack.settled();
    expect(await faultsOf(test, burst)).toEqual([]);
  });

  it('and once more as a whole change nothing', async () => {
    const before = await ordersOf(test, burst);
    test.stack.logs.clear();
    expect(await sendAll(test, burst.events, { seed: 2 })).toBe(burst.events.length);
    await test.stack.settled();
    expect(await faultsOf(test, burst)).toEqual([]);
    expect(await ordersOf(test, burst)).toEqual(before);
    expect(peakMb(test, 'fulfil-payment')).toBeLessThan(MOST_MB);
    expect(peakMb(test, 'stripe-webhook')).toBeLessThan(MOST_MB);
  });
});
