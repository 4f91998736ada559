import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { instant } from '../../../lib/domain/ids.ts';
import type { Books, Clock, Stripe } from '../../../lib/ports.ts';
import { eachBooksCall } from '../../../lib/usecases/each-books-call.ts';
import { eachCall } from '../../../lib/usecases/each-call.ts';
import { pacedBooks, pacedStripe } from '../../../lib/usecases/paced-stripe.ts';
import { memoryPace } from '../../support/memory/pace.ts';

describe('what ops ask of Stripe', () => {
  it('is spread so that no second holds more than their share, however many work side by side', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const clock: Clock = {
      now: () => instant(Date.now()),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    };
    const pace = memoryPace();
    const at: number[] = [];
    const listening = eachCall(async () => {
      at.push(Date.now());
      return { paymentIntent: async () => undefined } as unknown as Stripe;
    });
    const reading = eachBooksCall(async () => {
      at.push(Date.now());
      return { activeLinks: async () => ({ items: [] }) } as unknown as Books;
    });
    const workers = [1, 2].map(() => pacedStripe(listening, { pace, clock }));
    const books = pacedBooks(reading, { pace, clock });
    const often = async (call: () => Promise<unknown>): Promise<void> => {
      for (let i = 0; i < 40; i++) await call();
    };
    const done = Promise.all([
      ...workers.map((stripe) => often(() => stripe.paymentIntent('pi_1'))),
      often(() => books.activeLinks({})),
    ]);
    await vi.runAllTimersAsync();
    await done;
    expect(at).toHaveLength(120);
    const busiest = Math.max(...at.map((from) => at.filter((t) => t >= from && t < from + 1000).length));
    expect(busiest).toBeLessThanOrEqual(20);
  });
});
