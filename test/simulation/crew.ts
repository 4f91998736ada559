/** Everybody who is at work in a history: calls of functions, and the people and systems that call them. */
export type Crew = {
  /** How many have a next step of their own: they wait for nothing on the timeline, and for no call. */
  readonly busy: number;
  /** Resolves when nobody has. Somebody may have one again by then: ask anew. */
  idle(): Promise<void>;
  /**
   * Whether, since this was asked the last time, something came to somebody who does several things at once: while one of
   * them waits, another may have steps left.
   */
  wasDivided(): boolean;
  enter(): Activity;
};

/** One of them. */
export type Activity = {
  /** Waits for one more thing. */
  wait(): void;
  /** One of the things that it waited for is there: told at that moment, before anything follows from it. */
  wake(): void;
  leave(): void;
};

export const openCrew = (): Crew => {
  let busy = 0;
  let divided = false;
  let told: (() => void) | undefined;
  const oneLess = (): void => {
    busy -= 1;
    if (busy > 0 || told === undefined) return;
    told();
    told = undefined;
  };
  return {
    get busy() {
      return busy;
    },
    idle: () =>
      new Promise((resolve) => {
        told = resolve;
      }),
    wasDivided: () => {
      const was = divided;
      divided = false;
      return was;
    },
    enter: () => {
      let pending = 0;
      let several = false;
      let left = false;
      busy += 1;
      return {
        wait: () => {
          if (pending === 0 && !left) oneLess();
          pending += 1;
          several ||= pending > 1;
          divided ||= several;
        },
        wake: () => {
          pending -= 1;
          if (pending === 0 && !left) busy += 1;
          divided ||= several;
        },
        leave: () => {
          if (pending === 0 && !left) oneLess();
          left = true;
        },
      };
    },
  };
};
