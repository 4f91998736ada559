import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { instant } from '../../../lib/domain/ids.ts';
import type { Books, Clock, Pace, Stripe } from '../../../lib/ports.ts';
import { eachBooksCall } from '../../../lib/usecases/each-books-call.ts';
import { eachCall } from '../../../lib/usecases/each-call.ts';
import { pacedBooks, pacedStripe } from '../../../lib/usecases/paced-stripe.ts';
import { memoryPace } from '../../support/memory/pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** @param wakes when somebody wakes who is to wake at this time: never before it */
const clockThat = (wakes: (atMs: number) => number = (atMs) => atMs): Clock => ({
  now: () => instant(Date.now()),
  sleep: (ms) => pause(wakes(Date.now() + ms) - Date.now()),
});

/** In a process that does nothing else for the first so many milliseconds of every so many. */
const busy =
  ({ forMs, everyMs }: { forMs: number; everyMs: number }) =>
  (atMs: number): number =>
    atMs % everyMs < forMs ? atMs - (atMs % everyMs) + forMs : atMs;

const startAt = (sentAt: number[]) => {
  const stripe = eachCall(async () => {
    sentAt.push(Date.now());
    return { paymentIntent: async () => undefined } as unknown as Stripe;
  });
  const books = eachBooksCall(async () => {
    sentAt.push(Date.now());
    return { activeLinks: async () => ({ items: [] }) } as unknown as Books;
  });
  return { stripe, books };
};

const often = async (times: number, call: () => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < times; i++) await call();
};

/** The most that were sent within any second, wherever it begins. */
const busiest = (sentAt: readonly number[]): number =>
  Math.max(...sentAt.map((from) => sentAt.filter((at) => at >= from && at < from + 1_000).length));

const finished = async (work: readonly Promise<unknown>[]): Promise<void> => {
  await vi.runAllTimersAsync();
  await Promise.all(work);
};

describe('what ops ask of Stripe', () => {
  it('is spread so that no second holds more than their share, however many work side by side', async () => {
    const deps = { pace: memoryPace(), clock: clockThat() };
    const sentAt: number[] = [];
    const { stripe, books } = startAt(sentAt);
    const beganAt = Date.now();
    await finished([
      ...[1, 2].map(() => pacedStripe(stripe, deps)).map((own) => often(40, () => own.paymentIntent('pi_1'))),
      often(40, () => pacedBooks(books, deps).activeLinks({})),
    ]);
    expect(sentAt).toHaveLength(120);
    expect(busiest(sentAt)).toBeLessThanOrEqual(20);
    // And little of that share is left unused.
    expect((Math.max(...sentAt) - beganAt) / 1_000).toBeLessThan(120 / 18.9);
  });

  it.each([
    { forMs: 400, everyMs: 1_700 },
    { forMs: 90, everyMs: 310 },
    { forMs: 2_500, everyMs: 7_000 },
  ])('does not come at once after $forMs ms in which somebody could not wake', async (stall) => {
    const pace = memoryPace();
    const sentAt: number[] = [];
    const { stripe } = startAt(sentAt);
    const punctual = pacedStripe(stripe, { pace, clock: clockThat() });
    const late = pacedStripe(stripe, { pace, clock: clockThat(busy(stall)) });
    await finished(
      [late, late, late, late, punctual, punctual].map((own) => often(60, () => own.paymentIntent('pi_1'))),
    );
    expect(sentAt).toHaveLength(360);
    expect(busiest(sentAt)).toBeLessThanOrEqual(20);
  });

  it('goes on where nobody ever wakes in time', async () => {
    const sentAt: number[] = [];
    const { stripe } = startAt(sentAt);
    const late = pacedStripe(stripe, { pace: memoryPace(), clock: clockThat((atMs) => atMs + 300) });
    await finished([1, 2, 3, 4].map(() => often(10, () => late.paymentIntent('pi_1'))));
    expect(sentAt).toHaveLength(40);
    expect(busiest(sentAt)).toBeLessThanOrEqual(20);
  });

  it('goes on where the place is told late, too', async () => {
    const sentAt: number[] = [];
    const { stripe } = startAt(sentAt);
    const memory = memoryPace();
    const pace: Pace = {
      ...memory,
      reserve: async (q) => {
        const at = await memory.reserve(q);
        await pause(200);
        return at;
      },
    };
    const far = pacedStripe(stripe, { pace, clock: clockThat() });
    await finished([1, 2, 3].map(() => often(10, () => far.paymentIntent('pi_1'))));
    expect(sentAt).toHaveLength(30);
    expect(busiest(sentAt)).toBeLessThanOrEqual(20);
  });

  it('does not come at once when the library is loaded, and the key read, at last', async () => {
    const sentAt: number[] = [];
    const { stripe, books } = startAt(sentAt);
    let loading: Promise<void> | undefined;
    const ready = (): Promise<void> => {
      loading ??= pause(800);
      return loading;
    };
    const afterLoading = async <T>(own: T): Promise<T> => {
      await ready();
      return own;
    };
    const deps = { pace: memoryPace(), clock: clockThat() };
    const own = pacedStripe(
      eachCall(() => afterLoading(stripe), { connected: ready }),
      deps,
    );
    const account = pacedBooks(
      eachBooksCall(() => afterLoading(books), { connected: ready }),
      deps,
    );
    await finished([
      ...[1, 2, 3, 4, 5, 6, 7, 8].map(() => often(10, () => own.paymentIntent('pi_1'))),
      often(10, () => account.activeLinks({})),
    ]);
    expect(sentAt).toHaveLength(90);
    expect(busiest(sentAt)).toBeLessThanOrEqual(20);
  });
});
