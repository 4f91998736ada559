/** Something that the template's permissions do not allow, and that was refused. */
export type Refusal = {
  /** In the stack's time. */
  at: number;
  /** Short name of the function that called, or was not started; or the service that acted by itself: `sns.amazonaws.com`. */
  functionName: string;
  /** As AWS words it, or, where AWS tells nobody, what it would have said. */
  message: string;
};

/** Kept because AWS hides some of them: a schedule that may not start its function just does not. */
export type Refusals = { all(): readonly Refusal[]; clear(): void };

export function createRefusals(
  now: () => number,
  onRefusal: (refusal: Refusal) => void = () => undefined,
): Refusals & { add(refusal: Omit<Refusal, 'at'>): void } {
  let refusals: Refusal[] = [];
  return {
    all: () => [...refusals],
    clear: () => {
      refusals = [];
    },
    add: (refusal) => {
      const kept = { at: now(), ...refusal };
      refusals.push(kept);
      onRefusal(kept);
    },
  };
}
