import { deliveryTagOf } from '../../domain/blast.ts';
import { ClubPaymentsError, StoreUnavailable, StripeUnavailable } from '../../domain/errors.ts';
import type { Instant } from '../../domain/ids.ts';
import {
  type Finding,
  type FindingKind,
  findingKey,
  type KeptFinding,
  type Run,
  type ToldRun,
  toldStranded,
  treatments,
} from '../../domain/reconciliation.ts';
import type { LastRun } from '../../ports.ts';
import type { Deps } from '../deps.ts';
import { inLanes } from '../lanes.ts';
import { pacedBooks } from '../paced-stripe.ts';
import { itemsOf } from '../pages.ts';
import type { ReconcileDeps } from './deps.ts';
import { kinds } from './kinds.ts';
import { isStuck, isTelling, progressOf } from './mail.ts';

/** Something that only a person can settle, and that is not on an order's own list. */
export type ForPerson = Finding & {
  /** Why it could not be repaired; null: nothing of the kind can be. */
  failed: string | null;
  /** It was so just now; else it was so when it was found. */
  checked: boolean;
};

export type ForPersons = {
  items: ForPerson[];
  /** There are more of a kind than are told at once. */
  more: boolean;
  /** What is known from the last reconciliation alone, as of then; null: there has been none. */
  compared: { at: Instant; stranded: ToldRun['stranded']; problems: string[] } | null;
};

/** So many of a kind are told, */
const TOLD = 500;
/** and of what only Stripe can tell whether it is still so, so many are asked about: two seconds at the pace. */
const CHECKED = 40;
const LANES = 4;
const PAGE = 100;

/**
 * What waits for a person beside what orders need. Mails and mailings are read as they are now; what the last
 * reconciliation found is looked at once more, like any finding before it is settled, and left out when it is not so
 * any more. Changes nothing.
 */
export const forPersons = async (
  { productId }: { productId?: string },
  given: ReconcileDeps,
): Promise<ForPersons> => {
  const deps = { ...given, books: pacedBooks(given.books, given) };
  const [daily, asked] = await Promise.all([lastRun('daily', deps), lastRun('asked', deps)]);
  // The run of the day looks at all that there is. Somebody who has looked since knows more.
  const runs = [asked, daily].filter(
    (run): run is Run => run !== undefined && (run === daily || run.startedAt > (daily?.startedAt ?? '')),
  );
  const kept = await findingsFor(runs, deps);
  const left = kept.filter(({ finding }) => !isReadNow(finding));
  const [held, stuck, found] = await Promise.all([
    heldMails(deps),
    stuckMailings({ productId, daily, kept }, deps),
    checked(left.slice(0, TOLD), deps),
  ]);
  const [latest] = runs;
  return {
    items: [...(await ofProduct([...found, ...held.slice(0, TOLD)], productId, deps)), ...stuck],
    more: held.length > TOLD || left.length > TOLD,
    compared: latest === undefined ? null : summed(latest),
  };
};

const summed = (run: Run) => ({ at: run.startedAt, stranded: toldStranded(run), problems: run.problems });

/** The last of its kind, if it has come to its end. */
const lastRun = async (which: LastRun, { runs }: Pick<Deps, 'runs'>): Promise<Run | undefined> => {
  const runId = await runs.last(which);
  const run = runId === undefined ? undefined : await runs.get(runId);
  return run?.phase === 'done' ? run : undefined;
};

/** What needs no reconciliation to be known: it is read where it stands. Payments without an order are listed with the orders. */
const readNow: readonly FindingKind[] = ['unmatched', 'held_delivery', 'stuck_blast'];
const isReadNow = ({ kind, result }: KeptFinding): boolean =>
  readNow.includes(kind) && result?.outcome !== 'failed';

type KeptBy = { run: Run; finding: KeptFinding };

/** Those for a person, each once, as the later run tells it. */
const findingsFor = async (runs: readonly Run[], deps: ReconcileDeps): Promise<KeptBy[]> => {
  const kept = new Map<string, KeptBy>();
  for (const run of runs) {
    if ((run.results.person ?? 0) === 0) continue;
    const { runId } = run;
    for await (const finding of itemsOf((page) => deps.runs.pageOfFindings({ runId, limit: 200, ...page }))) {
      const failed = finding.result?.outcome === 'failed';
      // What has another result is settled: by itself, or by somebody.
      if (!failed && (treatments[finding.kind] === 'repair' || finding.result !== null)) continue;
      const key = findingKey(finding);
      if (!kept.has(key)) kept.set(key, { run, finding });
    }
  }
  return [...kept.values()];
};

/** As they are now, the order read first and Stripe after it; as they were found, where Stripe can't be asked. */
const checked = async (kept: readonly KeptBy[], deps: ReconcileDeps): Promise<ForPerson[]> => {
  const stands = new Map<KeptBy, boolean>();
  let answers = true;
  await inLanes({ items: kept.slice(0, CHECKED), lanes: LANES, goOn: () => answers }, async (each) => {
    try {
      stands.set(each, await kinds[each.finding.kind].stands(each.finding, deps));
    } catch (error) {
      // Without an answer nothing is known, and nothing is left out.
      if (!(error instanceof ClubPaymentsError) || error instanceof StoreUnavailable) throw error;
      if (error instanceof StripeUnavailable) answers = false;
    }
  });
  return kept
    .filter((each) => stands.get(each) !== false)
    .map((each) => {
      const { result, ...finding } = each.finding;
      const failed = result?.outcome === 'failed' ? result.detail : null;
      return { ...finding, failed, checked: stands.has(each) };
    });
};

const seenNow = (finding: Pick<Finding, 'kind' | 'about' | 'orderId' | 'foundAt'>): ForPerson => ({
  ...finding,
  via: null,
  amount: null,
  failed: null,
  checked: true,
});

/** One more than are told. */
const heldMails = async ({ blasts }: Pick<Deps, 'blasts'>): Promise<ForPerson[]> => {
  const held: ForPerson[] = [];
  for await (const delivery of itemsOf((page) => blasts.pageOfHeld({ limit: PAGE, ...page }))) {
    const { orderId, settledAt, claimedAt } = delivery;
    const about = deliveryTagOf(delivery);
    held.push(seenNow({ kind: 'held_delivery', about, orderId, foundAt: settledAt ?? claimedAt }));
    if (held.length > TOLD) break;
  }
  return held;
};

/** Compared with the run of the day, if it was made long enough ago to tell; else with the run that found it stuck. */
const stuckMailings = async (
  q: { productId: string | undefined; daily: Run | undefined; kept: readonly KeptBy[] },
  deps: ReconcileDeps,
): Promise<ForPerson[]> => {
  const { productId, daily, kept } = q;
  const now = deps.clock.now();
  const foundStuckBy = new Map(
    kept.flatMap(({ run, finding }) => (finding.kind === 'stuck_blast' ? [[finding.about, run]] : [])),
  );
  const stuck: ForPerson[] = [];
  for await (const blast of itemsOf((page) => deps.blasts.pageOfOpen({ limit: 50, ...page }))) {
    if (productId !== undefined && blast.productId !== productId) continue;
    const { blastId, state, waiting, startsAt } = blast;
    const run =
      foundStuckBy.get(blastId) ?? (daily !== undefined && isTelling(daily, now) ? daily : undefined);
    const moved = { progress: await progressOf(blast, deps), before: run?.blasts[blastId] };
    if (!isStuck(blast, moved, now)) continue;
    const foundAt = state === 'sending' ? (run?.startedAt ?? now) : (waiting?.since ?? startsAt);
    stuck.push(seenNow({ kind: 'stuck_blast', about: blastId, orderId: null, foundAt }));
  }
  return stuck;
};

const ofProduct = async (
  items: readonly ForPerson[],
  productId: string | undefined,
  { orders }: Pick<Deps, 'orders'>,
): Promise<readonly ForPerson[]> => {
  if (productId === undefined) return items;
  const ids = new Set(items.flatMap(({ orderId }) => orderId ?? []));
  const its = (await orders.getMany([...ids])).filter((order) => order.productId === productId);
  const orderIds = new Set(its.map(({ orderId }) => orderId));
  return items.filter(({ orderId }) => orderId !== null && orderIds.has(orderId));
};
