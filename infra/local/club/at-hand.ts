import { SESClient } from '@aws-sdk/client-ses';
import Stripe from 'stripe';
import { dynamoBlasts } from '../../../lib/adapters/dynamodb/blasts.ts';
import { documentClient } from '../../../lib/adapters/dynamodb/client.ts';
import { dynamoOrders } from '../../../lib/adapters/dynamodb/orders.ts';
import { dynamoRoster } from '../../../lib/adapters/dynamodb/roster.ts';
import { dynamoRuns } from '../../../lib/adapters/dynamodb/runs.ts';
import { parseTokenKeys } from '../../../lib/domain/pay-token.ts';
import { payUrl } from '../../../lib/usecases/surface-request.ts';
import { settingsFrom } from '../../settings.ts';
import type { LocalStack } from '../runner.ts';
import type { ClubAtHand } from './club.ts';

/** The stores of a stack, for seed data and for reading beside the functions. */
export const storesOf = (stack: LocalStack) => {
  const client = documentClient({ connectMs: 1_000, answerMs: 10_000 }, stack.dynamo());
  const tables = (name: string) => ({ client, table: stack.tableName(name) });
  return {
    orders: dynamoOrders(tables('ORDERS_TABLE')),
    roster: dynamoRoster(tables('ROSTER_TABLE')),
    blasts: dynamoBlasts(tables('BLASTS_TABLE')),
    runs: dynamoRuns(tables('PLANS_TABLE')),
    close: () => client.destroy(),
  };
};

/** The stage that a local stack is synthesized as, unless it is told otherwise. */
export const STAGE = 'dev';

/** A running stack, as the front desk sees it. */
export const clubAtHand = (stack: LocalStack, stores: ReturnType<typeof storesOf>): ClubAtHand => {
  const { club, mail, livemode } = settingsFrom((key) => (key === 'stage' ? STAGE : undefined));
  const keys = parseTokenKeys(stack.secrets.get(stack.secretId('TokenKeys')) ?? '');
  const site = { baseUrl: stack.apiUrl, system: '', livemode };
  return {
    name: club.name,
    timeZone: club.timeZone,
    // The desk itself speaks English.
    locale: 'en-US',
    clock: stack.clock,
    settled: () => stack.settled(),
    invoke: (functionName, payload) => stack.invoke(functionName, payload),
    inbox: () => stack.inbox(),
    orders: stores.orders,
    roster: stores.roster,
    blasts: stores.blasts,
    payUrl: async (order) => payUrl(order, keys, site),
    older: {
      stripe: new Stripe(stack.stripe.apiKey, {
        host: stack.stripe.host,
        port: stack.stripe.port,
        protocol: 'http',
        telemetry: false,
      }),
      ses: new SESClient(stack.clientConfig()),
      mailFrom: mail.from,
    },
    links: { inboxPage: stack.inboxUrl, stripeDashboard: stack.stripe.url },
  };
};
