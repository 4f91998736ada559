/** The time that everything in a local stack lives in: real time, shifted. It flows, and it can be moved ahead. */
export type VirtualClock = {
  /** Milliseconds since the epoch. */
  now(): number;
  offsetMs(): number;
  /** The offset in milliseconds as a single number, for a thread that has to see it at once. */
  readonly shared: Float64Array<SharedArrayBuffer>;
  /** Never back. */
  moveTo(epochMs: number): void;
  /** Told after every move. */
  onMove(listener: (offsetMs: number) => void): void;
};

export function createVirtualClock(startMs?: number): VirtualClock {
  const shared = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  const listeners: ((offsetMs: number) => void)[] = [];
  shared[0] = startMs === undefined ? 0 : startMs - Date.now();

  const offsetMs = () => shared[0] ?? 0;
  const now = () => Date.now() + offsetMs();
  return {
    now,
    offsetMs,
    shared,
    moveTo(epochMs) {
      const byMs = epochMs - now();
      if (byMs <= 0) return;
      shared[0] = offsetMs() + byMs;
      for (const listener of listeners) listener(offsetMs());
    },
    onMove(listener) {
      listeners.push(listener);
    },
  };
}
