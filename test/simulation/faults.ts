import {
  type ClubPaymentsError,
  MailRefused,
  MailUnclear,
  StoreUnavailable,
  StripeUnavailable,
} from '../../lib/domain/errors.ts';

/** What can go wrong between a use case and the outside, at one call of a port. */
export const callFaults = [
  /** It never got there. */
  'refused',
  /** It took effect, and the answer was lost. */
  'lost_answer',
  /** It took seconds. */
  'delay',
  /** Too much was asked for, and nothing was done. */
  'throttle',
  /** Stripe failed, said so, and says so again under the same idempotency key for a day. */
  'server_error',
  /** An index did not yet have what was written a moment before. */
  'stale_index',
  /** A message was queued, and arrives twice. */
  'duplicate',
  /** A message was queued, and arrives late: after others that were sent later. */
  'reorder',
  /** The process died, before the call took effect or after. What called it comes again, if it comes from a queue. */
  'crash',
] as const;
export type CallFault = (typeof callFaults)[number];

/** What can go wrong for a whole history. */
export const worldFaults = [
  /** The clocks of functions are up to two seconds apart. */
  'clock_skew',
  /** For days no webhook arrives, and none of them comes later. */
  'webhooks_lost',
  /** Stripe takes more than one payment on a link that has a limit of one. */
  'limit_ignored',
  /** SES tells of some mails hours after it took them. */
  'mail_events_late',
] as const;
export type WorldFault = (typeof worldFaults)[number];

export const faultNames = [...callFaults, ...worldFaults] as const;
export type FaultName = CallFault | WorldFault;

type PortKind = 'store' | 'stripe' | 'mailer' | 'queue';

/** The ports that a fault can befall: clock, ids, keys and settings ask nobody. */
export const ports = {
  orders: 'store',
  roster: 'store',
  blasts: 'store',
  plans: 'store',
  runs: 'store',
  imports: 'store',
  previews: 'store',
  schedules: 'store',
  pace: 'store',
  stripe: 'stripe',
  opsStripe: 'stripe',
  books: 'stripe',
  mailer: 'mailer',
  eventQueue: 'queue',
  retireQueue: 'queue',
  blastQueue: 'queue',
} as const satisfies Record<string, PortKind>;
export type PortName = keyof typeof ports;

/** One method of a port. */
export type Site = {
  index: number;
  port: PortName;
  method: string;
  kind: PortKind;
  /** Of one that only reads, a lost answer is the same as none. */
  writes: boolean;
  onIndex: boolean;
  /** Whether Stripe knows a repetition of it by its key. */
  keyed: boolean;
  possible: readonly CallFault[];
};

const writing =
  /^(create|save|put|set|suppress|unsubscribe|advance|claim|settle|report|keep|record|begin|note|name|stage|reserve|hold|point|deactivate|expire|send)/;
const onIndex =
  /^pageOf(Shard|FirstMailed|Family|DueWork|Attention|Unmatched|Open|Ended|Held|Players|Families)$|^(deliveriesOf|products|all|due)$/;

const sites: Site[] = [];

/** Each is made once, when the ports are first looked at. */
export const siteOf = (name: PortName, method: string): Site => {
  // One port under two names: what is done for ops may take longer.
  const port = name === 'opsStripe' ? 'stripe' : name;
  const known = sites.find((site) => site.port === port && site.method === method);
  if (known !== undefined) return known;
  const kind = ports[port];
  const writes = writing.test(method) && method !== 'hasCompletedSession';
  const site: Site = {
    index: sites.length,
    port,
    method,
    kind,
    writes,
    keyed: method === 'createSurface' || method === 'createRefund',
    onIndex: kind === 'store' && onIndex.test(method),
    possible: possibleAt(kind, method, writes),
  };
  sites.push(site);
  return site;
};
/**
 * How many times more often than others those methods are aimed at that are called in few histories: by what is done once
 * a month, or after something else went wrong.
 */
export const aimedAtMore = ({ port, method }: Pick<Site, 'port' | 'method'>): number =>
  seldom.find(({ which }) => which.test(`${port}.${method}`))?.times ?? 1;
const seldom = [
  { which: /^plans\.planned$/, times: 200 },
  { which: /^books\.dispute$/, times: 60 },
  {
    which:
      /^(pace\.hold|plans\.(draft|beginRow|recordResult)|runs\.(ofHash|recordResult|keepFinding)|roster\.(address|unsubscribe|saveProduct)|blasts\.(shard|settleHeld|forgetAddress|saveTotals|totals)|books\.(payment|refund|dispute|link|paymentsOn)|stripe\.hasCompletedSession|orders\.(settleU|keepU|u)nmatched|mailer\.send)$/,
    times: 10,
  },
  {
    which:
      /^(books|plans|runs)\.|^(schedules\.all|orders\.(pageOfUnmatched|findByStripeIds)|roster\.(products|suppress|forgetPlayer|pageOfPlayers)|blasts\.(deliveriesOf|advance|.*intProgress)|blastQueue\.send|stripe\.createRefund)$/,
    times: 4,
  },
];
export const allSites = (): readonly Site[] => sites;

const possibleAt = (kind: PortKind, method: string, writes: boolean): CallFault[] => [
  'refused',
  'delay',
  'throttle',
  'crash',
  ...(writes ? (['lost_answer'] as const) : []),
  ...(kind === 'store' && onIndex.test(method) ? (['stale_index'] as const) : []),
  ...(kind === 'stripe' ? (['server_error'] as const) : []),
  ...(kind === 'queue' ? (['duplicate', 'reorder'] as const) : []),
];

/** As the adapter tells of it. */
export const errorAt = ({ kind, port, method }: Site, fault: CallFault): ClubPaymentsError => {
  const call = `${port}.${method}`;
  switch (kind) {
    case 'store':
    case 'queue':
      return new StoreUnavailable(`${call}: ${fault}.`);
    case 'stripe':
      return new StripeUnavailable(`${call}: ${fault}.`, {
        answered: fault === 'server_error',
        rateLimited: fault === 'throttle',
      });
    case 'mailer':
      return fault === 'throttle'
        ? new MailRefused(`${call}: ${fault}.`, 'rate', { error: 'Throttling' })
        : new MailUnclear(`${call}: ${fault}.`);
  }
};
