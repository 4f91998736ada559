import type { EventKind } from './event.ts';

/** What becomes of a mail to an address, and what SES tells of it, in this order. */
const told = {
  delivered: ['send', 'delivery'],
  /** There is no such mailbox. */
  bounce: ['send', 'bounce'],
  /** The mailbox is full. */
  transient_bounce: ['send', 'transient_bounce'],
  /** SES does not even try: the address is on its suppression list. */
  suppressed: ['send', 'suppressed_bounce'],
  /** It arrived, and was reported as spam. */
  complaint: ['send', 'delivery', 'complaint'],
  /** SES took it, found a virus, and made no attempt, which is what `Send` would say. */
  reject: ['reject'],
  rendering_failure: ['rendering_failure'],
  /** SES is still trying. */
  sent: ['send'],
  /** The mail is taken, and all that SES would tell is lost. */
  none: [],
} as const satisfies Record<string, readonly EventKind[]>;
export type Outcome = keyof typeof told;

/** What becomes of mails from now on; of mails that were taken already, see `SesEvents.tell`. */
export type Outcomes = {
  /** Of every mail to this address, however it is spelled. */
  set(address: string, outcome: Outcome): void;
  /** Of mails to every other address; `delivered` unless told otherwise. */
  setForOthers(outcome: Outcome): void;
  clear(): void;
};

/**
 * AWS's mailbox simulator. A label may follow the name: `bounce+anna@simulator.amazonses.com`.
 * @see https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
 */
const SIMULATED: Readonly<Record<string, Outcome>> = {
  success: 'delivered',
  bounce: 'bounce',
  complaint: 'complaint',
  suppressionlist: 'suppressed',
  // The answer that they are out of the office goes to a mailbox; SES tells of the delivery alone.
  ooto: 'delivered',
};
const SIMULATOR = '@simulator.amazonses.com';

export const isSimulated = (address: string): boolean => address.toLowerCase().endsWith(SIMULATOR);

export function createOutcomes(): Outcomes & { toldOf(address: string): readonly EventKind[] } {
  const byAddress = new Map<string, Outcome>();
  let others: Outcome = 'delivered';

  const simulated = (address: string): Outcome | undefined =>
    isSimulated(address)
      ? SIMULATED[address.slice(0, -SIMULATOR.length).split('+')[0]?.toLowerCase() ?? '']
      : undefined;

  return {
    set: (address, outcome) => void byAddress.set(address.toLowerCase(), outcome),
    setForOthers(outcome) {
      others = outcome;
    },
    clear() {
      byAddress.clear();
      others = 'delivered';
    },
    toldOf: (address) => told[byAddress.get(address.toLowerCase()) ?? simulated(address) ?? others],
  };
}
