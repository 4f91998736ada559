import type { Destination } from './destinations.ts';
import { type EventKind, eventJson, type SesEvent } from './event.ts';

/** What SES tells of the mails that it took, and how a test disturbs that. */
export type SesEvents = {
  /** From now on nothing is told; what SES would tell waits, and `settled` does not wait for it. */
  pause(): void;
  /** Tells what waited, as it stands, and goes on. */
  resume(): void;
  /** What waits, in the order in which it will be told. */
  waiting(): readonly SesEvent[];
  /** Brings what waits into another order. @param random 0 to below 1; the same numbers make the same order */
  shuffle(random?: () => number): void;
  /** What waits and fits is never told. Returns how many those were. */
  lose(which?: (event: SesEvent) => boolean): number;
  /** How often each event is told from now on: 2 for twice. */
  copies: number;
  /** Something more of a mail that was taken: a complaint, a week later. @throws {Error} for a mail that SES never took */
  tell(messageId: string, kind: EventKind): void;
};

export type Telling = {
  add(events: readonly SesEvent[]): void;
  /** Events on their way to their topic. */
  busy(): number;
  /** How many there have ever been on their way. */
  started(): number;
};

type Outgoing = { destination: Destination; message: string };

/** What SNS takes at once. https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
const BATCH = 10;

export function createTelling(options: {
  destinationsOf(event: SesEvent): readonly Destination[];
  publish(destination: Destination, messages: readonly string[]): Promise<void>;
  /** A publication that breaks is a bug of the runner; it must not go unseen. */
  onFailure(error: Error): void;
}): Telling & Omit<SesEvents, 'tell'> {
  let paused = false;
  let held: SesEvent[] = [];
  const outgoing: Outgoing[] = [];
  let underWay = 0;
  let started = 0;

  async function flush(): Promise<void> {
    for (let all = outgoing.splice(0); all.length > 0; all = outgoing.splice(0)) {
      underWay = all.length;
      for (const { destination, messages } of batchesOf(all)) {
        try {
          await options.publish(destination, messages);
        } catch (error) {
          options.onFailure(error instanceof Error ? error : new Error(String(error)));
        }
        underWay -= messages.length;
      }
    }
  }

  function tell(event: SesEvent): void {
    const idle = outgoing.length + underWay === 0;
    const destinations = options.destinationsOf(event);
    if (destinations.length === 0) return;
    const message = eventJson(event);
    for (let copy = 0; copy < control.copies; copy += 1) {
      for (const destination of destinations) outgoing.push({ destination, message });
      started += destinations.length;
    }
    if (idle) void flush();
  }

  const control: Telling & Omit<SesEvents, 'tell'> = {
    copies: 1,
    add(events) {
      if (paused) held.push(...events);
      else for (const event of events) tell(event);
    },
    busy: () => outgoing.length + underWay,
    started: () => started,
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      for (const event of held.splice(0)) tell(event);
    },
    waiting: () => [...held],
    shuffle(random = Math.random) {
      held = held
        .map((event) => ({ event, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ event }) => event);
    },
    lose(which = () => true) {
      const kept = held.filter((event) => !which(event));
      const lost = held.length - kept.length;
      held = kept;
      return lost;
    },
  };
  return control;
}

/** In their order, each to one destination. */
function batchesOf(all: readonly Outgoing[]): { destination: Destination; messages: string[] }[] {
  const batches: { destination: Destination; messages: string[] }[] = [];
  for (const { destination, message } of all) {
    const last = batches.at(-1);
    if (last?.destination === destination && last.messages.length < BATCH) last.messages.push(message);
    else batches.push({ destination, messages: [message] });
  }
  return batches;
}
