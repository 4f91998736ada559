import type { Account } from './account.ts';
import { invalidRequest } from './errors.ts';
import { listInOrder } from './pagination.ts';
import { lineItemsUrl } from './resources/line-items.ts';

/** @see https://docs.stripe.com/expand */
const MAX_DEPTH = 4;

/**
 * Replaces ids by the objects they name, along paths such as `payment_intent.latest_charge` or `data.customer`,
 * and adds what Stripe includes only on request (`line_items`). The stored objects stay as they are.
 */
export function expand(account: Account, answer: object, paths: readonly string[]): unknown {
  let expanded: unknown = answer;
  for (const [index, path] of paths.entries()) {
    const steps = path.split('.');
    if (steps.length > MAX_DEPTH) {
      throw invalidRequest(`You cannot expand more than ${MAX_DEPTH} levels of a property (${path}).`, {
        param: `expand[${index}]`,
      });
    }
    expanded = expandPath(account, expanded, steps, path);
  }
  return expanded;
}

function expandPath(account: Account, value: unknown, steps: readonly string[], whole: string): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => expandPath(account, item, steps, whole));
  if (!isRecord(value)) throw cannotExpand(whole);

  const found = step in value ? value[step] : included(account, value, step);
  if (found === undefined) throw cannotExpand(whole);
  const object = typeof found === 'string' ? objectWithId(account, found) : found;
  // An id that stays a string names nothing: `expand: ['currency']` is a mistake of the caller.
  if (typeof object === 'string' || typeof object === 'boolean' || typeof object === 'number')
    throw cannotExpand(whole);
  return { ...value, [step]: expandPath(account, object, rest, whole) };
}

/** What is not part of an object unless it is asked for. */
function included(account: Account, object: Record<string, unknown>, step: string): unknown {
  const id = String(object.id);
  if (step === 'line_items') {
    const items = account.lineItems.get(id);
    return items === undefined ? undefined : listInOrder(lineItemsUrl(id), items);
  }
  if (step === 'refunds' && object.object === 'charge') {
    return listInOrder(
      `/v1/charges/${id}/refunds`,
      account.refunds.all().filter((refund) => refund.charge === id),
    );
  }
  return undefined;
}

function objectWithId(account: Account, id: string): unknown {
  const collections = [
    account.paymentIntents,
    account.charges,
    account.customers,
    account.paymentMethods,
    account.paymentLinks,
    account.checkoutSessions,
    account.refunds,
    account.disputes,
    account.products,
    account.prices,
    account.balanceTransactions,
  ];
  for (const collection of collections) {
    const object = collection.get(id);
    if (object !== undefined) return object;
  }
  return id;
}

const cannotExpand = (path: string) =>
  invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
