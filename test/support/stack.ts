import * as v from 'valibot';
import { storesOf } from '../../infra/local/club/at-hand.ts';
import { type LocalStackOptions, startLocalStack } from '../../infra/local/runner.ts';
import { SeenPreview, SentMailing } from '../../infra/mailing.ts';
import { instant } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { Order } from '../../lib/domain/order.ts';
import { type NewOrder, newOrder } from '../../lib/domain/order-changes.ts';
import { parseTokenKeys } from '../../lib/domain/pay-token.ts';
import { payUrl } from '../../lib/usecases/surface-request.ts';

/** What an ops function has done; its own words, if it refused. */
const answer = (given: unknown): unknown => {
  const { ok, result, error } = given as { ok: boolean; result?: unknown; error?: { message: string } };
  if (!ok) throw new Error(error?.message);
  return result;
};

/**
 * In the morning of the club, hours from the run of the day and from any change of the clocks: what happens does not
 * depend on when the tests are run.
 */
const STARTS_MS = Date.UTC(2026, 4, 12, 15);

/** The synthesized stack on this machine, with stores of its own for what a test has to find there. */
export const startTestStack = async (options: LocalStackOptions = {}) => {
  const stack = await startLocalStack({ epochMs: STARTS_MS, ...options });
  const stores = storesOf(stack);
  const keys = parseTokenKeys(stack.secrets.get(stack.secretId('TokenKeys')) ?? '');
  let count = 0;
  return {
    stack,
    ...stores,
    keys,
    async order(over: Partial<NewOrder> = {}, contract: 'signed' | 'unsigned' = 'signed'): Promise<Order> {
      const category = over.category ?? 'tournament';
      const orderId = over.orderId ?? `ord_${String(++count).padStart(4, '0')}`;
      const wanted: NewOrder = {
        orderId,
        productId: category,
        category,
        playerId: `ply_${orderId}`,
        familyId: `fam_${orderId}`,
        period: null,
        amount: money(5_500),
        payBy: '2026-05-29',
        closesAt: null,
        test: false,
        ...over,
      };
      const name = 'Utah Invitational';
      const priced = { price: money(3_000), laterCharges: null, stripeProductId: null, description: null };
      await Promise.all([
        stores.roster.putProduct({ productId: wanted.productId, category, name, ...priced }),
        stores.roster.putPlayer({
          playerId: wanted.playerId,
          familyId: wanted.familyId,
          name: 'Maya Alvarez',
          contract: { state: contract, signUrl: 'https://club.example/sign' },
        }),
        stores.roster.putFamily({
          familyId: wanted.familyId,
          language: 'en',
          parents: [{ parentId: '1', name: 'Alex Alvarez', addresses: [`${orderId}@family.example`] }],
        }),
      ]);
      const order = newOrder(wanted, instant(stack.clock.now()));
      await stores.orders.create(order);
      return order;
    },
    /**
     * Previews a mailing and sends exactly that, as ops do. Resolves to its hash and its blast.
     * @param at on the club's clocks, `2026-05-01 09:00`; now, when absent
     */
    async startMailing(productId: string, at?: string): Promise<{ hash: string; blastId: string }> {
      const previewed = answer(await stack.invoke('plan-blast', { action: 'preview', productId }));
      const { hash } = v.parse(SeenPreview, previewed);
      const when = at === undefined ? {} : { at };
      const sent = answer(
        await stack.invoke('plan-blast', { action: 'send', hash, createdBy: 'office', ...when }),
      );
      return { hash, blastId: v.parse(SentMailing, sent).blast.blastId };
    },
    payUrl: (order: Order): string =>
      payUrl(order, keys, { baseUrl: stack.apiUrl, system: '', livemode: false }),
    tokenOf(order: Order): string {
      return this.payUrl(order).split(/[/=]/).at(-1) ?? '';
    },
    async mustGet(orderId: string): Promise<Order> {
      const order = await stores.orders.get(orderId);
      if (order === undefined) throw new Error(`Order ${orderId} is not there.`);
      return order;
    },
    /** The AWS calls of one function since the last time this was asked, as `dynamodb GetItem Orders`. */
    callsOf(functionName: string): string[] {
      return stack.calls
        .all({ functionName })
        .map(({ service, action, resource }) => `${service} ${action} ${resource ?? ''}`.trim());
    },
    forget(): void {
      stack.calls.clear();
      stack.stripe.clearRequests();
    },
    stripeCalls: (): string[] => stack.stripe.requests.map(({ method, path }) => `${method} ${path}`),
    async stop(): Promise<void> {
      stores.close();
      await stack.stop();
    },
  };
};

export type TestStack = Awaited<ReturnType<typeof startTestStack>>;
