import * as v from 'valibot';
import { BlastReport } from '../../../lib/domain/blast-report.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import type { Order } from '../../../lib/domain/order.ts';
import type { NewOrder } from '../../../lib/domain/order-changes.ts';
import type { Parent } from '../../../lib/domain/roster.ts';
import type { TestStack } from '../../support/stack.ts';

/** The mailings of a running stack, as its ledger, SES and ops see them. */
export const mailingsOf = (test: TestStack) => {
  const { stack, blasts, roster } = test;
  return {
    /** An order of a family with these parents, each with a name and addresses. */
    async orderOf(parents: readonly Omit<Parent, 'parentId'>[], over: Partial<NewOrder>): Promise<Order> {
      const order = await test.order(over);
      await roster.putFamily({
        familyId: order.familyId,
        language: 'en',
        parents: parents.map((parent, i) => ({ parentId: `${i}`, ...parent })),
      });
      return order;
    },

    /** Orders of as many families, with one address each. Resolves to the addresses. */
    async families(productId: string, count: number): Promise<string[]> {
      const orders = await Promise.all(
        Array.from({ length: count }, (_, i) => test.order({ productId, orderId: `${productId}_${i}` })),
      );
      return orders.map(({ orderId }) => `${orderId}@family.example`).sort();
    },

    /** All rows of a ledger, as `order address: state reason`. */
    async ledger(blastId: string): Promise<string[]> {
      const shards = await Promise.all(
        Array.from({ length: SHARDS }, (_, shard) => blasts.deliveries({ blastId, shard, limit: 100 })),
      );
      return shards
        .flatMap(({ items }) => items)
        .map(({ orderId, address, state, reason }) =>
          `${orderId} ${address}: ${state} ${reason ?? ''}`.trim(),
        )
        .sort();
    },

    /** The addresses of those `families` whose mails SES took, each as often as it did. */
    mailedAbout: (productId: string): string[] =>
      stack.ses
        .taken()
        .flatMap(({ to }) => to)
        .filter((address) => address.startsWith(`${productId}_`))
        .sort(),

    /** @param action of `plan-blast` */
    steer: (action: 'pause' | 'resume' | 'cancel', blastId: string): Promise<unknown> =>
      stack.invoke('plan-blast', { action, blastId, actor: 'Kim' }),

    async report(blastId: string): Promise<BlastReport> {
      const answer = await stack.invoke('report-blast', { blastId, freshWithinSeconds: 0 });
      return v.parse(v.object({ result: BlastReport }), answer).result;
    },

    state: async (blastId: string): Promise<string | undefined> => (await blasts.get(blastId))?.state,
  };
};
