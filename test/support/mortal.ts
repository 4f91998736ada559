/** Where a process dies: at its n-th call to anything outside (from 1), before or after that took effect. */
export type Death = { at: number; moment: 'before' | 'after' };

/**
 * The ports of one process that dies at a call: from then on nothing that it asks for is ever answered, and nothing that
 * it does takes effect. `died` resolves at that moment.
 */
export const mortal = <D extends object>(
  deps: D,
  ports: readonly (keyof D)[],
  death?: Death,
): { deps: D; died: Promise<void>; calls: () => number } => {
  let calls = 0;
  let dead = false;
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    die = () => {
      dead = true;
      resolve();
    };
  });
  const forever = new Promise<never>(() => undefined);

  const wrap = <P extends object>(port: P): P =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          if (dead) return forever;
          calls += 1;
          const last = calls === death?.at ? death.moment : undefined;
          if (last === 'before') {
            die();
            return forever;
          }
          const result: unknown = await (method.apply(target, args) as Promise<unknown>);
          if (last === 'after') die();
          return dead ? forever : result;
        };
      },
    });
  const wrapped = Object.fromEntries(ports.map((name) => [name, wrap(deps[name] as object)]));
  return { deps: { ...deps, ...wrapped } as D, died, calls: () => calls };
};
