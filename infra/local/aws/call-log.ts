import type { Service } from './call.ts';

/** One AWS API request that passed the gateway: one attempt, so what the SDK repeats is counted again. */
export type LoggedCall = {
  /** In the stack's time. */
  at: number;
  /** Short name of the calling function (`first-payment`), or `ops` for everybody else. */
  functionName: string;
  service: Service;
  action: string;
  /** Short name of the table, queue, secret, topic or function (`Orders`, `events`), if the call names one. */
  resource: string | undefined;
  index: string | undefined;
  /** What was answered; 0 for a connection that was cut, undefined while under way. */
  status: number | undefined;
};

/** What a call must be like to count; what is absent does not matter. */
export type CallPattern = Partial<
  Pick<LoggedCall, 'functionName' | 'service' | 'action' | 'resource' | 'index'>
>;

export type CallLog = {
  all(pattern?: CallPattern): readonly LoggedCall[];
  count(pattern?: CallPattern): number;
  clear(): void;
};

export function createCallLog(): CallLog & { add(call: LoggedCall): void } {
  let calls: LoggedCall[] = [];
  const all = (pattern: CallPattern = {}) => calls.filter((call) => fits(call, pattern));
  return {
    all,
    count: (pattern) => all(pattern).length,
    clear: () => {
      calls = [];
    },
    add: (call) => {
      calls.push(call);
    },
  };
}

export function fits(call: LoggedCall, pattern: CallPattern): boolean {
  return Object.entries(pattern).every(
    ([key, wanted]) => wanted === undefined || call[key as keyof CallPattern] === wanted,
  );
}
