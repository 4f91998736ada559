import { StripeRefused } from '../../domain/errors.ts';
import { linkHash, linkStanding, type Run } from '../../domain/reconciliation.ts';
import type { LinkAtStripe, Page } from '../../ports.ts';
import { readOrders, type Step, suspect, type Work } from './work.ts';

/** So many pages are gone through before it is noted how far. */
const PAGES = 10;
/** How often the list may be begun anew. */
const RESTARTS = 3;

/**
 * Some pages of the active links, one after the other: Stripe lists them by no date. What was seen is kept before the
 * cursor moves on, so that a repetition keeps it again in the same place.
 */
export const linksStep = async (cursor: string | null, work: Work): Promise<Step> => {
  const { hold, deps } = work;
  const first = hold.run().looked.links ?? 0;
  const seen: number[] = [];
  let after = cursor;
  let others = 0;
  for (let pages = 0; pages < PAGES; pages++) {
    const page = await read(after, work);
    if (page === undefined) return await anew(work);
    seen.push(...page.items.map(({ id }) => linkHash(id)));
    others += await compare(page.items, work);
    after = page.next ?? null;
    if (after === null) break;
  }
  await deps.runs.keepLinks(hold.run(), first, seen);
  return { next: after ?? undefined, looked: { links: seen.length, others } };
};

/** `undefined`: Stripe does not go on from a link that is not active any more. */
const read = async (after: string | null, { deps }: Work): Promise<Page<LinkAtStripe> | undefined> => {
  try {
    return await deps.books.activeLinks(after === null ? {} : { after });
  } catch (error) {
    if (after === null || !(error instanceof StripeRefused) || !isOfCursor(error)) throw error;
    return undefined;
  }
};

const isOfCursor = ({ evidence }: StripeRefused): boolean =>
  evidence.status === 400 || evidence.status === 404;

/** From the first link again. What was found is kept under what it is about, so nothing is found twice. */
const anew = async ({ hold, deps }: Work): Promise<Step> => {
  if (hold.run().restarts >= RESTARTS) {
    throw new StripeRefused('Stripe refused again and again to go on with the list of payment links.');
  }
  deps.log('reconcile.links_anew', { runId: hold.run().runId });
  const also = (run: Run): Run => ({
    ...run,
    restarts: run.restarts + 1,
    looked: { ...run.looked, links: 0 },
  });
  return { next: '', also };
};

/** Resolves to how many are another system's. */
const compare = async (links: readonly LinkAtStripe[], work: Work): Promise<number> => {
  const { deps } = work;
  const ours = links.filter(({ metadata }) => metadata.system === deps.site.system);
  const unmarked = links.filter(({ metadata }) => metadata.system === undefined);
  const imported = await deps.orders.findByStripeIds(unmarked.map(({ id }) => id));
  const orderIdOf = ({ id, metadata }: LinkAtStripe): string => imported.get(id) ?? metadata.order_id ?? '';
  const known = [...ours, ...unmarked.filter(({ id }) => imported.has(id))];
  const orders = await readOrders(known.map(orderIdOf), work);
  for (const link of known) {
    const orderId = orderIdOf(link);
    const order = orders.get(orderId);
    const about = { about: link.id, via: null, orderId, amount: null };
    // An import may have named a link before it wrote the order.
    if (order === undefined) {
      if (!imported.has(link.id)) await suspect({ kind: 'orphan_without_order', ...about }, work);
      continue;
    }
    const standing = linkStanding(order, link, deps.clock.now());
    if (standing === 'to_be_closed') await suspect({ kind: 'active_on_closed', ...about }, work);
    if (standing === 'not_shown_to_be_ours') await suspect({ kind: 'active_not_ours', ...about }, work);
    if (standing === 'unknown_to_order' && !imported.has(link.id)) {
      await suspect({ kind: 'orphan_link', ...about }, work);
    }
  }
  return links.length - known.length;
};
