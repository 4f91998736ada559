import type { Page } from '../../lib/ports.ts';
import type { Watched } from './watched-orders.ts';

/** An index that lags: what was written after that moment is not there yet. */
export const withoutNews = (
  answer: Page<unknown> | unknown[],
  untilMs: number,
  watched: Watched,
): Page<unknown> | unknown[] => {
  const isOld = (item: unknown): boolean => {
    // Lists of work change with every write, those of a product or a family when an order is made.
    if (typeof item === 'string') return watched.writtenAtMs(item) <= untilMs;
    const { orderId } = item as { orderId?: string };
    if (orderId !== undefined) return (watched.states(orderId)[0]?.atMs ?? 0) <= untilMs;
    const { createdAt, settledAt, at } = item as { createdAt?: string; settledAt?: string; at?: string };
    const since = createdAt ?? settledAt ?? at;
    return since === undefined || Date.parse(since) <= untilMs;
  };
  return Array.isArray(answer) ? answer.filter(isOld) : { ...answer, items: answer.items.filter(isOld) };
};
