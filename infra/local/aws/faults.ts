import { type CallPattern, fits, type LoggedCall } from './call-log.ts';

/**
 * What goes wrong with a call. `status` answers with an error of the service, `reset` cuts the connection, `crash`
 * kills the calling process, `delay` holds the call back and then lets it through.
 */
export type Fault =
  | { kind: 'status'; status: number; code?: string; message?: string }
  | { kind: 'reset' }
  | { kind: 'crash' }
  | { kind: 'delay'; ms: number };

export type InjectedFault = {
  /** How often it has struck. */
  hits(): number;
  remove(): void;
};

export type Faults = {
  /**
   * Lets matching calls fail `before` they take effect, or `after` it, when only the answer is lost.
   * Counts requests, not what the SDK makes of them: it repeats a 5xx, so "down" is `times: Infinity`, the default.
   */
  inject(when: 'before' | 'after', pattern: CallPattern, fault: Fault, times?: number): InjectedFault;
  clear(): void;
};

type Planned = { when: 'before' | 'after'; pattern: CallPattern; fault: Fault; left: number; hits: number };

export function createFaults(): Faults & {
  strike(when: 'before' | 'after', call: LoggedCall): Fault | undefined;
} {
  let planned: Planned[] = [];
  return {
    inject(when, pattern, fault, times = Number.POSITIVE_INFINITY) {
      const plan: Planned = { when, pattern, fault, left: times, hits: 0 };
      planned.push(plan);
      return {
        hits: () => plan.hits,
        remove: () => {
          planned = planned.filter((each) => each !== plan);
        },
      };
    },
    clear: () => {
      planned = [];
    },
    strike(when, call) {
      const plan = planned.find((each) => each.when === when && each.left > 0 && fits(call, each.pattern));
      if (plan === undefined) return undefined;
      plan.left -= 1;
      plan.hits += 1;
      return plan.fault;
    },
  };
}
