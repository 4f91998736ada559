import type { Deps } from '../../lib/usecases/deps.ts';
import type { Activity } from './crew.ts';
import { type CallFault, errorAt, type PortName, ports, type Site, siteOf } from './faults.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** How one call of a function ended. */
export type Outcome<T> =
  | { kind: 'done'; value: T }
  | { kind: 'failed'; error: unknown }
  /** It died: nobody hears of it. */
  | { kind: 'crashed' };

/** What is to befall one call of a function. */
export type Hazard = {
  /** At its so manyth call of a port, from 1, or at the first call of the so manyth method that it calls, … */
  at: number;
  /** Methods that were called so far, where those are counted: else what is called often would be hit alone. */
  methods: Set<Site> | null;
  /** … one of those that are possible there, by chance. */
  random: Random;
};

/** What calls have in common within a history. */
export type Stage = {
  timeline: Timeline;
  /** Which faults there are. */
  enabled: ReadonlySet<CallFault>;
  /** By the index of a site: 1 once it was called. */
  called: Uint8Array;
  /** By the index of a site: at its so manyth call from now on something happens, whoever calls. 0: nothing does. */
  aims: Int8Array;
  /** What befalls that call; null: nothing, after all. */
  aimedAt(call: Call, site: Site): Hazard | null;
  /** Called when one has happened. */
  befell(call: Call, site: Site, fault: CallFault): void;
  /** Stripe fails at the next call that has an idempotency key, and at every one that has the same. */
  stripeFails(): void;
  /** An index read that lags behind: what the answer looked like a moment before. */
  stale(answer: unknown, lagMs: number): unknown;
  /** By how much indexes lag behind all the time, in milliseconds. */
  lags: number;
  /** Everything outside that a fault could keep out: the targets of the ports. */
  outside: Pick<Deps, PortName>;
};

const LONGEST_LAG_MS = 5_000;
/** In milliseconds. */
const WAITS = {
  short: [1, 40],
  longer: [40, 600],
  long: [500, 2_500],
  standstill: [11_000, 40_000],
} as const;

/** One of its own each time: whoever waits for a promise is kept by it, and of one that all share nobody was let go. */
const never = (): Promise<never> => new Promise(() => undefined);

/**
 * One call of a function: a process with a clock of its own, whose calls of ports take time, go wrong, or are the last
 * thing that it does.
 */
export class Call {
  dead = false;
  /** How many calls of ports there were. */
  count = 0;
  readonly stage: Stage;
  readonly activity: Activity;
  readonly name: string;
  readonly skewMs: number;
  /** Whether each call of a port takes time, so that others come in between. */
  readonly unhurried: Random | null;
  private hazard: Hazard | null;
  private readonly died: () => void;

  constructor(
    stage: Stage,
    how: {
      activity: Activity;
      name: string;
      skewMs: number;
      unhurried: Random | null;
      hazard: Hazard | null;
      died: () => void;
    },
  ) {
    this.stage = stage;
    this.activity = how.activity;
    this.name = how.name;
    this.skewMs = how.skewMs;
    this.unhurried = how.unhurried;
    this.hazard = how.hazard;
    this.died = how.died;
  }

  /** A method of a port is called. */
  enter(site: Site, target: object, method: PortMethod, args: readonly unknown[]): Promise<unknown> {
    if (this.dead) return never();
    this.count += 1;
    const { aims, called } = this.stage;
    called[site.index] = 1;
    const left = aims[site.index] ?? 0;
    if (left > 0) {
      aims[site.index] = left - 1;
      if (left === 1) this.hazard = this.stage.aimedAt(this, site) ?? this.hazard;
    }
    const { hazard } = this;
    const strikes = hazard !== null && this.strikes(hazard, site);
    if (!strikes && this.unhurried === null) {
      const answer = method.apply(target, args as unknown[]);
      return this.stage.lags && site.onIndex
        ? answer.then((seen) => this.stage.stale(seen, this.stage.lags))
        : answer;
    }
    const fault = strikes ? this.draw(site, hazard) : undefined;
    return this.carefully(site, fault, () => method.apply(target, args as unknown[]));
  }

  private strikes({ at, methods }: Hazard, site: Site): boolean {
    if (methods === null) return this.count === at;
    if (methods.has(site)) return false;
    methods.add(site);
    return methods.size === at;
  }

  private async carefully(
    site: Site,
    fault: CallFault | undefined,
    effect: () => Promise<unknown>,
  ): Promise<unknown> {
    if (!(await this.wait(fault === 'delay' ? this.slowness(site) : 'short'))) return never();
    if (fault === 'crash' && this.hazard?.random.chance(0.5)) return this.die();
    if (fault === 'server_error' && site.keyed) this.stage.stripeFails();
    else if (fault === 'refused' || fault === 'throttle' || fault === 'server_error')
      throw errorAt(site, fault);
    const answer = await effect();
    if (fault === 'duplicate') await effect();
    if (fault === 'crash') return this.die();
    // Else the wait before its next call is the same to everybody.
    if (fault !== undefined && !(await this.wait('short'))) return never();
    if (fault === 'lost_answer') throw errorAt(site, fault);
    const lagMs = fault === 'stale_index' ? LONGEST_LAG_MS : this.stage.lags;
    return site.onIndex && lagMs > 0 ? this.stage.stale(answer, lagMs) : answer;
  }

  private draw(site: Site, { random }: Hazard): CallFault | undefined {
    const possible = site.possible.filter((fault) => this.stage.enabled.has(fault));
    if (possible.length === 0) return undefined;
    const fault = random.pick(possible);
    this.stage.befell(this, site, fault);
    // One trouble seldom comes alone: what is done about it may fail as well.
    if (random.chance(0.3)) this.hazard = { at: this.count + random.between(1, 3), methods: null, random };
    return fault;
  }

  /**
   * A client waits three seconds for an answer at most. But the machine under the process may stand still before it asks,
   * for longer than a lease; not between the last look and the mail, where nothing could be done about it.
   */
  private slowness({ kind }: Site): 'long' | 'standstill' {
    return kind !== 'mailer' && this.hazard?.random.chance(0.25) === true ? 'standstill' : 'long';
  }

  /** False: it has died meanwhile. */
  private async wait(how: keyof typeof WAITS): Promise<boolean> {
    const random = this.unhurried ?? this.hazard?.random;
    const [least, most] = WAITS[how === 'short' && random?.chance(0.15) === true ? 'longer' : how];
    const ms = random?.between(least, most) ?? least;
    await this.stage.timeline.sleep(ms, this.activity);
    return !this.dead;
  }

  private die(): Promise<never> {
    // Of two calls that are under way at once, each may be the last.
    if (this.dead) return never();
    this.dead = true;
    this.died();
    return never();
  }

  /** A clock of its own, which may be a little off. */
  now(): string {
    return this.stage.timeline.instant(this.skewMs);
  }

  async sleep(ms: number): Promise<void> {
    if (this.dead) return never();
    await this.stage.timeline.sleep(ms, this.activity);
    if (this.dead) return never();
  }
}

type PortMethod = (...args: unknown[]) => Promise<unknown>;
type PortClass = new (call: Call, target: object) => object;

/** A class for each port, made once for all histories: a call of a function then costs one small object for each. */
const classes = new Map<PortName, PortClass>();

const classOf = (name: PortName, target: object): PortClass => {
  const known = classes.get(name);
  if (known !== undefined) return known;
  class Port {
    readonly call: Call;
    readonly target: Record<string, PortMethod>;
    constructor(call: Call, target: object) {
      this.call = call;
      this.target = target as Record<string, PortMethod>;
    }
  }
  for (const [method, given] of Object.entries(target)) {
    if (typeof given !== 'function' || notOfThePort.has(method)) continue;
    const site = siteOf(name, method);
    Object.defineProperty(Port.prototype, method, {
      value(this: Port, ...args: unknown[]) {
        return this.call.enter(site, this.target, this.target[method] as PortMethod, args);
      },
    });
  }
  classes.set(name, Port);
  return Port;
};

/** What an adapter, or a queue of this simulation, has besides. */
const notOfThePort = new Set(['connected', 'redrive']);

/** The ports of one history, as one call of a function has them. */
export const portsOf = (outside: Stage['outside']): ((call: Call) => Pick<Deps, PortName>) => {
  const made = (Object.keys(ports) as PortName[]).map(
    (name) => [name, classOf(name, outside[name]), outside[name]] as const,
  );
  return (call) => {
    const wrapped: Record<string, object> = {};
    for (const [name, Made, target] of made) wrapped[name] = new Made(call, target);
    return wrapped as Pick<Deps, PortName>;
  };
};
