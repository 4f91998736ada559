/**
 * Makes `Date` in this process or thread run on another time: `new Date()`, `Date.now()` and `Date()` are shifted,
 * dates made from arguments are not. Timers stay real, so a sleep of a second takes a second.
 */
export function installShiftedDate(offsetMs: () => number): void {
  const RealDate = globalThis.Date;
  const now = () => RealDate.now() + offsetMs();

  const shifted = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
  RealDate.prototype.constructor = shifted;
  globalThis.Date = shifted;
}
