import type { SESClient } from '@aws-sdk/client-ses';
import type Stripe from 'stripe';
import type { Order } from '../../../lib/domain/order.ts';
import type { Blasts, Orders, Roster } from '../../../lib/ports.ts';
import type { ReceivedMail } from '../runner.ts';

/** What the front desk sees of the club and can do there. All times are in the club's time, which can be moved. */
export type ClubAtHand = {
  name: string;
  timeZone: string;
  locale: string;
  clock: {
    /** Milliseconds since the epoch. */
    now(): number;
    /** Lets time pass with all that happens in it. */
    advance(ms: number): Promise<unknown>;
  };
  /** Resolves when every queue is empty and nothing is at work. */
  settled(): Promise<unknown>;
  /** Calls one of the functions that ops call, by the name of its file. */
  invoke(functionName: string, payload: object): Promise<unknown>;
  /** Every mail that was delivered, oldest first. */
  inbox(): Promise<readonly ReceivedMail[]>;
  orders: Orders;
  roster: Roster;
  blasts: Blasts;
  /** The address that is mailed for an order. */
  payUrl(order: Order): Promise<string>;
  /** For the older system of the story, which worked with Stripe and SES by itself. */
  older: { stripe: Stripe; ses: SESClient; mailFrom: string };
  /** Pages of others that the desk links to. */
  links: { inboxPage: string; stripeDashboard: string };
};
