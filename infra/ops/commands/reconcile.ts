import * as v from 'valibot';
import { Currency, formatMoney, type Money, money } from '../../../lib/domain/money.ts';
import {
  type Finding,
  type Found,
  findingKinds,
  KeptFinding,
  ToldRun,
  treatments,
} from '../../../lib/domain/reconciliation.ts';
import { findingWords } from '../../finding-words.ts';
import { type ActorOptions, actorFrom, commandFor } from '../blast.ts';
import { momentOf } from '../columns.ts';
import { confirm } from '../confirm.ts';
import type { Environment } from '../environment.ts';
import type { ApplyOptions, StageOptions } from '../options.ts';
import { UsageProblem } from '../problem.ts';
import { inSlices } from '../progress.ts';
import type { Report } from '../report.ts';

export type ReconcileOptions = StageOptions &
  ActorOptions &
  ApplyOptions & { since?: string; last?: true; showAll?: true };

/** Compares Stripe, orders and mail; shows what is wrong, or repairs what was shown. */
export const reconcile = async (
  environment: Environment,
  report: Report,
  options: ReconcileOptions,
): Promise<void> => {
  const { since, last, apply } = options;
  if ([since, last, apply].filter((given) => given !== undefined).length > 1) {
    throw new UsageProblem('Give one of --since, --last and --apply.');
  }
  if (last) return await showDaily(environment, report, options);
  if (apply !== undefined) return await repair(environment, report, options, apply);

  const run = await toItsEnd(environment, options, {
    action: 'look',
    ...(since !== undefined && { since }),
  });
  const findings = await findingsOf(environment, run.runId);
  report.data({ reconciliation: run, findings });
  report.ok(
    `Compared since ${run.since.slice(0, 10)}: ${lookedAt(run)}, with ${run.requests} requests to Stripe.`,
  );
  showProblems(report, run);
  showStranded(report, run, options);
  if (findings.length === 0) {
    if (isQuiet(run)) report.ok('Stripe, orders and mail agree.');
    return;
  }
  showRepairable(report, run, findings, options);
  showForPersons(report, findings.filter(isForPerson), options);
  if (run.hash !== null && findings.some(isRepairable)) {
    report.plain(
      `To repair what can be repaired:\n  ${commandFor(`reconcile --apply ${run.hash}`, options)}`,
    );
  }
};

/** What the run of the day came to: it repairs by itself what is certain. */
const showDaily = async (environment: Environment, report: Report, options: ReconcileOptions) => {
  const run = v.parse(ToldRun, await ask(environment, { action: 'last' }));
  const findings = await findingsOf(environment, run.runId);
  report.data({ reconciliation: run, findings });
  report.ok(
    `The last daily reconciliation began at ${momentOf(run.startedAt)}: ${lookedAt(run)}, with ${run.requests} requests to Stripe.`,
  );
  showProblems(report, run);
  showStranded(report, run, options);
  showResults(report, findings, options);
  if (findings.length === 0 && isQuiet(run)) report.ok('Stripe, orders and mail agreed.');
};

const repair = async (
  environment: Environment,
  report: Report,
  options: ReconcileOptions,
  hash: string,
): Promise<void> => {
  const seen = v.parse(ToldRun, await ask(environment, { action: 'shown', hash }));
  if (seen.repairs === null) {
    const kinds = findingKinds.filter((kind) => treatments[kind] === 'repair');
    const count = kinds.reduce((sum, kind) => sum + (seen.found[kind]?.count ?? 0), 0);
    if (count === 0) throw new UsageProblem('Nothing of it can be repaired: each needs a person.');
    await confirm(`Repair ${count} findings`, moneyIn(kinds.map((kind) => seen.found[kind])), options);
  }
  const run = await toItsEnd(environment, options, { action: 'apply', hash, actor: actorFrom(options) });
  const findings = await findingsOf(environment, run.runId);
  report.data({ reconciliation: run, findings });
  showProblems(report, run);
  showResults(report, findings, options);
};

/** What was done, and what is left for a person. */
const showResults = (report: Report, findings: readonly KeptFinding[], options: ReconcileOptions): void => {
  for (const kind of findingKinds) {
    const done = findings.filter((each) => each.kind === kind && each.result?.outcome === 'repaired');
    const known = findings.filter((each) => each.kind === kind && each.result?.outcome === 'known');
    if (done.length > 0) {
      report.done(
        `${findingWords[kind].title(done.length)}${overText(sumOf(done))}: ${isRepairable({ kind }) ? 'repaired' : 'settled'}.\n${listed(done, options)}`,
      );
    }
    if (known.length > 0) {
      report.ok(`${findingWords[kind].title(known.length)}: had been settled by then, and were left.`);
    }
  }
  showForPersons(
    report,
    findings.filter((finding) => isForPerson(finding) || finding.result?.outcome === 'failed'),
    options,
  );
};

const showRepairable = (
  report: Report,
  { found }: ToldRun,
  findings: readonly KeptFinding[],
  options: ReconcileOptions,
): void => {
  for (const kind of findingKinds) {
    const some = findings.filter((each) => each.kind === kind && isRepairable(each));
    if (some.length === 0) continue;
    const { title, means } = findingWords[kind];
    report.missing(
      `${title(some.length)}${overText(found[kind]?.sums ?? {})}; repaired: ${means}.\n${listed(some, options)}`,
    );
  }
};

/** Each with what settles it. */
const showForPersons = (
  report: Report,
  findings: readonly KeptFinding[],
  options: ReconcileOptions,
): void => {
  for (const kind of findingKinds) {
    const some = findings.filter((each) => each.kind === kind);
    if (some.length === 0) continue;
    const { title, means, settle } = findingWords[kind];
    report.missing(`${title(some.length)}${overText(sumOf(some))}, for a person: ${means}.`);
    for (const finding of shown(some, options)) {
      const failed = finding.result?.outcome === 'failed' ? `: ${finding.result.detail}` : '';
      report.missing(`${nameOf(finding)}${failed}`, commandFor(settle?.(finding) ?? 'reconcile', options));
    }
    if (some.length > shown(some, options).length) report.plain(more(some));
  }
};

const isRepairable = ({ kind }: Pick<Finding, 'kind'>): boolean => treatments[kind] === 'repair';

/** It can't be repaired, and nobody has settled it since. */
const isForPerson = ({ kind, result }: KeptFinding): boolean =>
  treatments[kind] === 'person' && result === null;

const SHOWN = 10;
const shown = <T>(some: readonly T[], { showAll, json }: ReconcileOptions): readonly T[] =>
  showAll || json ? some : some.slice(0, SHOWN);
const more = (some: readonly unknown[]): string => `  and ${some.length - SHOWN} more: --show-all`;

const listed = (some: readonly Finding[], options: ReconcileOptions): string =>
  [
    ...shown(some, options).map((finding) => `  ${nameOf(finding)}`),
    ...(some.length > shown(some, options).length ? [more(some)] : []),
  ].join('\n');

/** `order 81, pi_3Q…, $55.00` */
export const nameOf = ({ kind, about, orderId, amount }: Finding): string =>
  [
    ...(orderId === null ? [] : [`order ${orderId}`]),
    ...(kind === 'held_delivery' || about === orderId ? [] : [about]),
    ...(amount === null ? [] : [amountText(amount.amountMinor, amount.currency)]),
  ].join(', ');

const showProblems = (report: Report, { problems }: ToldRun): void => {
  for (const problem of problems) report.missing(problem);
};

/** They are helped by a command of their own, which looks at each at Stripe first. */
export const showStranded = (
  report: Report,
  { stranded: { sessions, links } }: Pick<ToldRun, 'stranded'>,
  options: StageOptions,
  asOf = '',
): void => {
  const count = sessions + (links ?? 0);
  if (count === 0) return;
  const orders = count === 1 ? '1 order is' : `${count.toLocaleString('en-US')} orders are`;
  const atLeast = links === null ? `${asOf === '' ? 'At' : 'at'} least ` : '';
  report.missing(
    `${asOf}${atLeast}${orders} owed, and the page at Stripe that was mailed has ended: these families can't pay.`,
    commandFor('recover --all', options),
  );
};

/** What was not compared is among the problems. */
const isQuiet = ({ problems, stranded }: ToldRun): boolean =>
  problems.length === 0 && stranded.sessions === 0 && stranded.links === 0;

const lookedAt = ({ looked }: ToldRun): string =>
  (['payments', 'refunds', 'disputes', 'links', 'orders'] as const)
    .map((what) => `${(looked[what] ?? 0).toLocaleString('en-US')} ${what}`)
    .join(', ');

const overText = (sums: Sums): string => {
  const texts = Object.entries(sums).map(([currency, minor]) => amountText(minor, currency));
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
};

/** Minor units, by currency as Stripe names it: it may be one that the service does not take. */
type Sums = Readonly<Record<string, number>>;

const sumOf = (some: readonly Pick<Finding, 'amount'>[]): Sums => {
  const sums: Record<string, number> = {};
  for (const { amount } of some) {
    if (amount !== null) sums[amount.currency] = (sums[amount.currency] ?? 0) + amount.amountMinor;
  }
  return sums;
};

const moneyIn = (found: readonly (Found | undefined)[]): Money[] => {
  const sums = new Map<Currency, number>();
  for (const [code, minor] of found.flatMap((each) => Object.entries(each?.sums ?? {}))) {
    const currency = v.safeParse(Currency, code);
    if (currency.success) sums.set(currency.output, (sums.get(currency.output) ?? 0) + minor);
  }
  return [...sums].map(([currency, minor]) => money(minor, currency));
};

const amountText = (minor: number, code: string): string => {
  const currency = v.safeParse(Currency, code);
  return currency.success ? formatMoney(money(minor, currency.output)) : `${minor} ${code.toUpperCase()}`;
};

// ---- what the function answers ----

const ask = (environment: Environment, input: object): Promise<unknown> =>
  environment.invoke(environment.outputs.ReconcileFunctionName, input);

const BUSY_MS = 5_000;

/** Slice by slice. Whoever stops it goes on with the same command. */
const toItsEnd = async (
  environment: Environment,
  options: ReconcileOptions,
  begin: { action: 'look'; since?: string } | { action: 'apply'; hash: string; actor: string },
): Promise<ToldRun> =>
  inSlices(
    begin.action === 'look' ? 'Comparing' : 'Repairing',
    async (before: ToldRun | undefined) => {
      if (before?.busy) await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      const input = before === undefined ? begin : { action: 'go_on', runId: before.runId };
      return v.parse(ToldRun, await ask(environment, input));
    },
    ({ looked }) => ({ done: Object.values(looked).reduce((sum, count) => sum + count, 0), total: null }),
    options,
  );

const Findings = v.object({ items: v.array(KeptFinding), next: v.exactOptional(v.string()) });

const findingsOf = async (environment: Environment, runId: string): Promise<KeptFinding[]> => {
  const findings: KeptFinding[] = [];
  let after: string | undefined;
  do {
    const page = v.parse(
      Findings,
      await ask(environment, { action: 'findings', runId, ...(after !== undefined && { after }) }),
    );
    findings.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return findings;
};
