import { ClubPaymentsError, StoreUnavailable, StripeUnavailable } from '../../domain/errors.ts';
import {
  type FindingResult,
  type Found,
  findingsHash,
  type KeptFinding,
  type Run,
  treatments,
} from '../../domain/reconciliation.ts';
import { itemsOf } from '../pages.ts';
import { kinds } from './kinds.ts';
import type { Step, Work } from './work.ts';

const PAGE = 40;
const LANES = 4;

/** Some of the findings: each is looked at anew, and put right if it is still so. */
export const repairStep = async (cursor: string | null, work: Work): Promise<Step> => {
  const { runId } = work.hold.run();
  const page = await work.deps.runs.pageOfFindings({
    runId,
    limit: PAGE,
    ...(cursor !== null && { after: cursor }),
  });
  const queue = page.items.filter(({ result }) => result === null || result.outcome === 'failed');
  const lane = async (): Promise<void> => {
    for (let finding = queue.shift(); finding !== undefined; finding = queue.shift()) {
      await work.hold.keep();
      await settle(finding, work);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return { next: page.next };
};

const settle = async (kept: KeptFinding, { hold, deps }: Work): Promise<void> => {
  const { result: _, ...finding } = kept;
  const at = deps.clock.now();
  let result: FindingResult;
  try {
    const { outcome, detail } = await kinds[finding.kind].settle(finding, deps);
    if (outcome === 'told') return;
    result = { outcome, detail, at };
  } catch (error) {
    // Of Stripe or the database itself: the page is repeated. Of this one finding: the others go on.
    if (error instanceof StripeUnavailable || error instanceof StoreUnavailable) throw error;
    if (!(error instanceof ClubPaymentsError)) throw error;
    result = { outcome: 'failed', detail: error.message, at };
  }
  await deps.runs.recordResult(hold.run().runId, finding, result);
  deps.log('reconcile.settled', {
    kind: finding.kind,
    about: finding.about,
    orderId: finding.orderId,
    outcome: result.outcome,
  });
};

/** What it came to, from the findings themselves: nothing is counted twice, whatever was repeated. */
export const sumStep = async ({ hold, deps }: Work): Promise<Step> => {
  const { runId } = hold.run();
  const hash = findingsHash();
  const found: Record<string, Found> = {};
  const results: Record<string, number> = {};
  for await (const finding of itemsOf((page) => deps.runs.pageOfFindings({ runId, limit: 500, ...page }))) {
    hash.add(finding);
    const { count, sums } = found[finding.kind] ?? { count: 0, sums: {} };
    found[finding.kind] = { count: count + 1, sums: withAmount(sums, finding.amount) };
    const outcome = outcomeOf(finding);
    results[outcome] = (results[outcome] ?? 0) + 1;
    if (count % 1000 === 999) await hold.keep();
  }
  const text = hash.text();
  await deps.runs.nameHash(text, hold.run());
  const also = (run: Run): Run => ({ ...run, hash: text, found, results });
  for (const [kind, { count }] of Object.entries(found)) deps.log('reconcile.found', { runId, kind, count });
  return { also };
};

/** `person`: somebody has to settle it. `open`: it can be repaired, and has not been. */
const outcomeOf = ({ kind, result }: KeptFinding): 'person' | 'open' | 'repaired' | 'known' => {
  if (result !== null && result.outcome !== 'failed') return result.outcome;
  return treatments[kind] === 'person' || result?.outcome === 'failed' ? 'person' : 'open';
};

const withAmount = (sums: Found['sums'], amount: KeptFinding['amount']): Found['sums'] =>
  amount === null ? sums : { ...sums, [amount.currency]: (sums[amount.currency] ?? 0) + amount.amountMinor };
