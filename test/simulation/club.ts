import { parseTokenKeys, type TokenKeys } from '../../lib/domain/pay-token.ts';
import type { BlastTicket, Page, RetireMessage, StripeEventMessage } from '../../lib/ports.ts';
import type { Deps } from '../../lib/usecases/deps.ts';
import { fulfilPayment } from '../../lib/usecases/fulfil-payment.ts';
import { receiveMailEvent } from '../../lib/usecases/receive-mail-event.ts';
import { receiveWebhook } from '../../lib/usecases/receive-webhook.ts';
import { workForStripe } from '../../lib/usecases/work-for-stripe.ts';
import { workTicket } from '../../lib/usecases/work-ticket.ts';
import { memoryBlasts } from '../support/memory/blasts.ts';
import { memoryImports } from '../support/memory/imports.ts';
import { memoryOrders } from '../support/memory/orders.ts';
import { memoryPace } from '../support/memory/pace.ts';
import { memoryPlans } from '../support/memory/plans.ts';
import { memoryPreviews } from '../support/memory/previews.ts';
import { memoryRoster } from '../support/memory/roster.ts';
import { memoryRuns, reconciledToday } from '../support/memory/runs.ts';
import { memorySchedules } from '../support/memory/schedules.ts';
import { type StripeAccount, stripeAccount } from '../support/memory/stripe-account.ts';
import { Call, type Hazard, type Outcome, portsOf, type Stage } from './calls.ts';
import { type Contracts, contractsTold } from './contracts.ts';
import type { Subject } from './coverage.ts';
import { type Activity, openCrew } from './crew.ts';
import { aimedAtMore, allSites, type CallFault, type Site } from './faults.ts';
import { type FunctionName, isExpected, methodsOf, reaches, weightOf } from './functions.ts';
import { withoutNews } from './index-lag.ts';
import { MINUTE, type Plan } from './plan.ts';
import { type PostOffice, postOffice } from './post-office.ts';
import { checkRetired } from './promises/links.ts';
import { type Worked, workedQueue } from './queue.ts';
import { hashed, type Random, randomOf } from './random.ts';
import { type Saw, watchBlasts, watchRuns } from './seen.ts';
import { type Timeline, timeline } from './timeline.ts';
import { type Watched, watchOrders } from './watched-orders.ts';
import { watchStripe } from './watched-stripe.ts';
import { webhooksOf } from './webhooks.ts';

export type Violation = { promise: string; detail: string; orderId?: string };

/** What a story is told of, as it happens. */
export type Line = { atMs: number; who: string; what: string; orderId?: string };

/** One club's world in one history: everything outside the use cases, and the functions that call them. */
export type Club = {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly account: StripeAccount;
  readonly stores: Pick<Deps, 'orders' | 'roster' | 'blasts' | 'runs' | 'plans' | 'schedules'>;
  readonly watched: Watched;
  readonly post: PostOffice;
  readonly queues: {
    event: Worked<StripeEventMessage>;
    retire: Worked<RetireMessage>;
    blast: Worked<BlastTicket>;
    feedback: Worked<string>;
  };
  readonly violations: Violation[];
  readonly counts: { events: number; faults: Record<string, number> };
  /** What befell which call of which function: `retire-link/ord_3#2`. */
  readonly befell: { call: string; site: string; fault: CallFault }[];
  /** Which methods of ports were called, by the index of their site. */
  readonly called: Uint8Array;
  /** One call of a function. `about` names what it is called for, so that its fate follows from the seed. */
  call<T>(name: FunctionName, about: string, run: (deps: Deps) => Promise<T>): Promise<Outcome<T>>;
  sleep(ms: number): Promise<void>;
  /** The same club for somebody who acts in it: it is known when they wait. */
  for(who: Activity): Club;
  enter(): Activity;
  /** From now on nothing goes wrong any more. */
  calm(): void;
  /** Something happens outside the functions. */
  note(who: string, what: string, orderId?: string): void;
  violated(violation: Violation): void;
  readonly contracts: Contracts;
  /** States and answers that came about, for the coverage. */
  readonly seen: [Subject, string][];
  /** Payments that a person said to be of an order. Who had no answer may have had their way, or has it yet. */
  readonly assigned: Map<string, { orderId: string; isDone: boolean }>;
  /** Mails that a person had sent again: mailing, order and address key. */
  readonly sentAgain: Map<string, number>;
  keys: {
    readonly first: TokenKeys;
    readonly now: Awaited<ReturnType<Deps['tokens']['keys']>>;
    /** Ids of keys that were given up. */
    readonly revoked: readonly string[];
    set(secret: KeySecret): void;
  };
  randomOf(...names: readonly (string | number)[]): Random;
};

type KeySecret = { signWith: string; revoked?: string[] } & Record<string, unknown>;

export const SITE = { baseUrl: 'https://pay.club.example', system: 'club-payments/sim', livemode: false };
export const CLUB = { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' };
const LEGACY_TOKEN = /^[0-9a-f]{32}$/;
const SKEW_MS = 2_000;

/** @param tell is called with each line of the story, where anybody wants it told */
export const openClub = (plan: Plan, tell?: (line: Line) => void): Club => {
  let calm = false;
  const crew = openCrew();
  const counts: Club['counts'] = { events: 0, faults: {} };
  const befell: Club['befell'] = [];
  const violations: Violation[] = [];
  const seen: Club['seen'] = [];
  const saw: Saw = (subject, what) => void seen.push([subject, what]);

  const time = timeline(plan.startsMs, crew, () => webhooks.send());
  // Stripe never waits.
  const clock = { now: () => time.instant(0), sleep: async () => undefined };
  const random = (...names: readonly (string | number)[]): Random =>
    randomOf(plan.seed, ...names.map((name) => (typeof name === 'number' ? name : hashed(name))));
  const note: Club['note'] = (who, what, orderId) => {
    counts.events += 1;
    tell?.({ atMs: time.nowMs(), who, what, ...(orderId !== undefined && { orderId }) });
  };
  const violated = (violation: Violation): void => {
    violations.push(violation);
    tell?.({ atMs: time.nowMs(), who: 'BROKEN', what: `${violation.promise}: ${violation.detail}` });
  };
  const fault = (name: string): void => {
    counts.faults[name] = (counts.faults[name] ?? 0) + 1;
  };
  for (const name of plan.worldFaults) fault(name);

  let failsNext: 'done' | 'undone' | undefined;
  const account = stripeAccount({
    clock,
    enforceLinkLimit: !plan.worldFaults.has('limit_ignored'),
    replays: () => {
      const how = failsNext;
      failsNext = undefined;
      return how;
    },
  });
  const committed = new Map<string, string>();
  const watched = watchOrders(memoryOrders(committed), time, (before, after) =>
    checkRetired({ account, violated }, before, after),
  );
  const chance = random('queues');
  const twice = (): boolean => {
    const is = !calm && plan.callFaults.has('duplicate') && chance.chance(0.01);
    if (is) fault('duplicate');
    return is;
  };
  const queueOf = <T>(
    name: FunctionName,
    settings: { attempts: number; atOnce: number; visibilityMs: number },
    aboutOf: (message: T) => string,
    work: (message: T, deps: Deps) => Promise<void>,
  ): Worked<T> =>
    workedQueue<T>({ ...settings, random: chance, twice }, time, (message, ended) =>
      start(name, aboutOf(message), (deps) => work(message, deps), ended),
    );

  let workers = 0;
  const queues: Club['queues'] = {
    event: queueOf(
      'fulfil-payment',
      { attempts: 10, atOnce: 10, visibilityMs: 3 * MINUTE },
      ({ eventId }) => webhooks.nameOf(eventId),
      fulfilPayment,
    ),
    retire: queueOf(
      'retire-link',
      { attempts: 10, atOnce: 5, visibilityMs: 6 * MINUTE },
      ({ orderId }) => orderId,
      workForStripe,
    ),
    blast: queueOf(
      'send-blast',
      { attempts: 5, atOnce: 2, visibilityMs: 90 * MINUTE },
      ({ blastId, shard }) => `${blastId}/${shard}`,
      (ticket, deps) => workTicket({ ...ticket, worker: `w${++workers}`, budgetMs: 4 * MINUTE }, deps),
    ),
    feedback: queueOf(
      'ses-feedback',
      { attempts: 10, atOnce: 10, visibilityMs: 3 * MINUTE },
      (body) => String(hashed(body)),
      (body, deps) => receiveMailEvent({ body }, deps),
    ),
  };

  const post = postOffice({
    plan,
    timeline: time,
    random: random('post'),
    feedback: (body) => void queues.feedback.send([body]),
    note,
    violated,
    watched,
    suppressedAtMs: (address) => suppressed.get(address),
    stoppedAtMs: (blastId) => stopped.get(blastId),
    slow: () =>
      befell.filter(({ call, fault }) => fault === 'delay' && call.startsWith('send-blast/')).length,
  });
  /** Mailings that write to nobody, and since when. */
  const stopped = new Map<string, number>();
  const suppressed = new Map<string, number>();
  const roster = memoryRoster();

  const stripe = watchStripe(account.stripe, time, violated);
  const outside: Stage['outside'] = {
    orders: watched.orders,
    roster: {
      ...roster,
      suppress: async (address, suppression) => {
        if (!suppressed.has(address)) suppressed.set(address, time.nowMs());
        await roster.suppress(address, suppression);
      },
    },
    blasts: watchBlasts(memoryBlasts(), saw, (blastId, state) => {
      if (state === 'paused' || state === 'canceled') stopped.set(blastId, time.nowMs());
      else stopped.delete(blastId);
    }),
    plans: memoryPlans(),
    runs: plan.compares ? watchRuns(memoryRuns(), saw) : reconciledToday(clock, CLUB.timeZone),
    imports: memoryImports(committed),
    previews: memoryPreviews(),
    schedules: memorySchedules(),
    pace: memoryPace(),
    stripe,
    opsStripe: stripe,
    books: account.books,
    mailer: post.mailer,
    eventQueue: queues.event,
    retireQueue: queues.retire,
    blastQueue: queues.blast,
  };
  const stage: Stage = {
    timeline: time,
    enabled: plan.callFaults,
    outside,
    called: NO_CALLS,
    aims: NO_AIMS,
    aimedAt: ({ name }, site) =>
      plan.spared.has(name) ? null : { at: 1, methods: new Set(), random: random('aim', site.index) },
    befell: (of, site: Site, name) => {
      fault(name);
      const where = `${site.port}.${site.method}`;
      befell.push({ call: of.name, site: where, fault: name });
      if (name === 'reorder') Object.assign(outside[site.port], { late: true });
      tell?.({ atMs: time.nowMs(), who: of.name, what: `-- ${name} at ${where} --` });
    },
    stripeFails: () => {
      // What Stripe made and did not tell of is found by the comparison of the day alone.
      failsNext = plan.compares && chance.chance(0.5) ? 'done' : 'undone';
    },
    stale: (answer, lagMs) => withoutNews(answer as Page<unknown> | unknown[], time.nowMs() - lagMs, watched),
    get lags() {
      return calm ? 0 : plan.indexLagMs;
    },
  };
  const portsFor = portsOf(outside);
  // How many methods there are is known from here on.
  stage.called = new Uint8Array(allSites().length);
  stage.aims = aimsOf(plan, random('aims'));

  let secret: KeySecret = { signWith: 'k1', k1: 'k'.repeat(64) };
  let keys = parseTokenKeys(JSON.stringify(secret));
  let ids = 0;
  const shared = {
    newId: (prefix: string) => `${prefix}_${String(++ids).padStart(6, '0')}`,
    readEvent: (body: string) => webhooks.read(body),
    verifySignature: async () => undefined,
    apiVersion: 'sim',
    tokens: { keys: async () => keys },
    club: CLUB,
    site: SITE,
    legacyToken: LEGACY_TOKEN,
  };

  const times = new Map<string, number>();
  /** @param ended told at that moment, before anything follows from it */
  const start = <T>(
    name: FunctionName,
    about: string,
    run: (deps: Deps) => Promise<T>,
    ended: (outcome: Outcome<T>) => void,
  ): void => {
    counts.events += 1;
    const subject = `${name}/${about}`;
    const nth = (times.get(subject) ?? 0) + 1;
    times.set(subject, nth);
    const id = `${subject}#${nth}`;
    const fate = random(subject, nth);
    const skewMs = plan.worldFaults.has('clock_skew') ? fate.between(-SKEW_MS, SKEW_MS) : 0;
    const unhurried = !calm && fate.between(0, 99) < plan.unhurriedPer100 ? fate : null;
    const hazard = hazardOf(name, id, fate);
    const activity = crew.enter();
    let isOver = false;
    // One that has failed may have calls of ports under way, of which one may still be its death.
    const end = (outcome: Outcome<T>): void => {
      if (isOver) return;
      isOver = true;
      activity.leave();
      ended(outcome);
    };
    const died = (): void => end({ kind: 'crashed' });
    const made = new Call(stage, { activity, name: id, skewMs, unhurried, hazard, died });
    const deps = {
      ...shared,
      ...portsFor(made),
      clock: { now: () => made.now(), sleep: (ms: number) => made.sleep(ms) },
      log: tell === undefined ? silent : (event: string, fields?: object) => tellLog(id, event, fields),
    } as Deps;
    run(deps).then(
      (value) => {
        if (!made.dead) end({ kind: 'done', value });
      },
      (error: unknown) => {
        if (made.dead) return;
        if (!isExpected(error)) {
          violated({
            promise: 'no function breaks',
            detail: `${id}: ${(error as Error).stack ?? String(error)}`,
          });
        }
        tell?.({ atMs: time.nowMs(), who: id, what: `fails: ${(error as Error).message}` });
        end({ kind: 'failed', error });
      },
    );
  };
  const callFor =
    (caller: Activity): Club['call'] =>
    (name, about, run) =>
      new Promise((resolve) => {
        caller.wait();
        start(name, about, run, (outcome) => {
          caller.wake();
          resolve(outcome);
        });
      });
  const tellLog = (who: string, event: string, fields: object = {}): void => {
    const told = Object.entries(fields).filter(([, value]) => value !== undefined);
    const said = told.map(([key, value]) => `${key}=${String(value)}`);
    tell?.({ atMs: time.nowMs(), who, what: `${event} ${said.join(' ')}` });
  };

  const hazardOf = (name: FunctionName, id: string, fate: Random): Hazard | null => {
    const weight = (weightOf[name] ?? 1) * (name === 'tick' && plan.compares ? 3 : 1);
    if (calm || plan.spared.has(id) || fate.between(0, 999) >= plan.hazardsPer1000 * weight) return null;
    const byMethods = fate.chance(0.5);
    const reach = byMethods ? (methodsOf[name] ?? 8) : fate.pick(reaches[name] ?? [3, 6, 12]);
    return { at: fate.between(1, reach), methods: byMethods ? new Set() : null, random: fate };
  };

  const webhooks = webhooksOf({
    plan,
    timeline: time,
    account,
    randomOf: random,
    isCalm: () => calm,
    note,
    fault,
    post: (name, body, ended) => {
      const signed = { rawBody: Buffer.from(body), signature: 't=1,v1=0' };
      start('stripe-webhook', name, (deps) => receiveWebhook(signed, deps), ended);
    },
  });

  const club: Club = {
    plan,
    timeline: time,
    sleep: () => {
      throw new Error('Only somebody who acts can wait.');
    },
    enter: () => crew.enter(),
    for: (who) => ({ ...club, call: callFor(who), sleep: (ms) => time.sleep(ms, who) }),
    account,
    stores: outside,
    watched,
    post,
    queues,
    violations,
    counts,
    befell,
    called: stage.called,
    call: () => {
      throw new Error('Only somebody who acts calls functions.');
    },
    calm: () => {
      calm = true;
      stage.aims = NO_AIMS;
      failsNext = undefined;
    },
    note,
    violated,
    contracts: contractsTold(time),
    seen,
    assigned: new Map(),
    sentAgain: new Map(),
    keys: {
      first: keys,
      get now() {
        return keys;
      },
      get revoked() {
        return secret.revoked ?? [];
      },
      set: (next) => {
        secret = { ...secret, ...next };
        keys = parseTokenKeys(JSON.stringify(secret));
      },
    },
    randomOf: random,
  };
  return club;
};

const silent = (): void => undefined;

const NO_CALLS = new Uint8Array();
const NO_AIMS = new Int8Array();

/** A few methods in each history at which something happens for certain: what is called once a month is hit as well. */
const aimsOf = (plan: Plan, random: Random): Int8Array => {
  if (plan.hazardsPer1000 === 0) return NO_AIMS;
  targets ??= allSites().flatMap((site) => Array<Site>(aimedAtMore(site)).fill(site));
  const aims = new Int8Array(allSites().length);
  for (let left = 6; left > 0; left--) {
    const site = random.pick(targets);
    aims[site.index] = aimedAtMore(site) > 1 ? 1 : random.pick([1, 1, 2, 4]);
  }
  return aims;
};
let targets: Site[] | undefined;
