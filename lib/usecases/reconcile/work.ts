import { CorruptRow, StripeRefused } from '../../domain/errors.ts';
import type { Order } from '../../domain/order.ts';
import { type Finding, linkHash, type Run } from '../../domain/reconciliation.ts';
import type { Books, Stripe } from '../../ports.ts';
import { eachBooksCall } from '../each-books-call.ts';
import { eachCall } from '../each-call.ts';
import { pacedBooks, pacedStripe } from '../paced-stripe.ts';
import type { ReconcileDeps } from './deps.ts';
import type { RunHold } from './hold.ts';
import { kinds } from './kinds.ts';

/** What every step of a run works with. */
export type Work = {
  hold: RunHold;
  /** With Stripe at its pace, each request counted. */
  deps: ReconcileDeps;
  /** Whether a link was seen to be active when all of them were listed. */
  wasActive(): Promise<(linkId: string) => boolean>;
};

/** One page of a cell, dealt with. */
export type Step = {
  /** Where to go on; absent at the end. */
  next?: string | undefined;
  /** How many of what were looked at. */
  looked?: Record<string, number>;
  also?: (run: Run) => Run;
};

export const openWork = (hold: RunHold, given: ReconcileDeps): Work => {
  const counted = (): void => hold.change((run) => ({ ...run, requests: run.requests + 1 }));
  const stripe: Stripe = pacedStripe(
    eachCall(async () => {
      counted();
      return given.stripe;
    }, given.stripe),
    given,
  );
  const books: Books = pacedBooks(
    eachBooksCall(async () => {
      counted();
      return given.books;
    }, given.books),
    given,
  );
  // What an order owes Stripe is done here, at the same pace, right after the order was written. Should it fail, the
  // order still owes it, and the sweep sees to that.
  const retireQueue = { send: async () => undefined };
  let links: Promise<Float64Array> | undefined;
  return {
    hold,
    deps: { ...given, stripe, books, retireQueue },
    wasActive: async () => {
      links ??= given.runs.links(hold.run().runId);
      const all = await links;
      return (linkId) => includes(all, linkId);
    },
  };
};

const includes = (ascending: Float64Array, linkId: string): boolean => {
  const hash = linkHash(linkId);
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === hash;
};

/**
 * Looks closer at something that seems wrong, and keeps it if it is: the order is read once more, and then the one
 * object at Stripe, for between two lists much may have happened that is as it should be.
 */
export const suspect = async (
  suspicion: Omit<Finding, 'foundAt'>,
  { hold, deps }: Work,
): Promise<boolean> => {
  await hold.keep();
  const finding = { ...suspicion, foundAt: deps.clock.now() };
  try {
    if (!(await kinds[finding.kind].stands(finding, deps))) return false;
  } catch (error) {
    if (!(error instanceof CorruptRow)) throw error;
    hold.change(withProblem(error.message));
    return false;
  }
  await deps.runs.keepFinding(hold.run().runId, finding);
  return true;
};

/** Something that has been looked at closely enough. */
export const found = async (finding: Omit<Finding, 'foundAt'>, { hold, deps }: Work): Promise<void> =>
  deps.runs.keepFinding(hold.run().runId, { ...finding, foundAt: deps.clock.now() });

/** Those that can be read; one that can't is told once, and does not keep the others from being compared. */
export const readOrders = async (
  named: readonly string[],
  { hold, deps }: Work,
): Promise<ReadonlyMap<string, Order>> => {
  const orderIds = [...new Set(named)].filter((id) => id !== '');
  if (orderIds.length === 0) return new Map();
  const byId = (orders: readonly Order[]) => new Map(orders.map((order) => [order.orderId, order]));
  try {
    return byId(await deps.orders.getMany(orderIds));
  } catch (error) {
    if (!(error instanceof CorruptRow)) throw error;
  }
  const readable: Order[] = [];
  for (const orderId of orderIds) {
    try {
      const order = await deps.orders.get(orderId);
      if (order !== undefined) readable.push(order);
    } catch (error) {
      if (!(error instanceof CorruptRow)) throw error;
      hold.change(withProblem(error.message));
    }
  }
  return byId(readable);
};

/** A look at one of them that the key is not allowed is told once, and does not keep the others from being compared. */
export const asFarAsAllowed = async (
  what: string,
  { hold }: Work,
  look: () => Promise<void>,
): Promise<void> => {
  try {
    await look();
  } catch (error) {
    if (!isForbidden(error)) throw error;
    hold.change(withProblem(forbidden(what, error)));
  }
};

export const isForbidden = (error: unknown): error is StripeRefused =>
  error instanceof StripeRefused && error.evidence.status === 403;

/** @param what was not compared */
export const forbidden = (what: string, { evidence }: StripeRefused): string => {
  const permission = permissions[String(evidence.operation)] ?? 'PaymentIntents';
  return `Stripe does not let the stored key read ${permission}: some ${what} were not compared. Give it the permission "${permission}", as docs/deploying.md says.`;
};

/** As the dashboard names them, by what the books were asked. */
const permissions: Readonly<Record<string, string>> = {
  'list sessions': 'Checkout Sessions',
  'retrieve session': 'Checkout Sessions',
  'list refunds': 'Charges and Refunds',
  'retrieve refund': 'Charges and Refunds',
  'list disputes': 'Disputes',
  'retrieve dispute': 'Disputes',
  'list payment links': 'Payment Links',
  'retrieve payment link': 'Payment Links',
};

const PROBLEMS = 20;

export const withProblem =
  (problem: string) =>
  (run: Run): Run =>
    run.problems.includes(problem) || run.problems.length >= PROBLEMS
      ? run
      : { ...run, problems: [...run.problems, problem] };
