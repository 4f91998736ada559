import { Hono } from 'hono';
import type { Account } from '../account.ts';
import type { FaultPlan } from '../api/faults.ts';
import type { Api } from '../api/serve.ts';
import { invalidRequest, StripeApiError } from '../errors.ts';
import { type Field, flag, integer, oneOf, params, required, text } from '../validation/params.ts';
import type { WebhookControl } from '../webhooks.ts';
import type { DashboardActions } from './actions.ts';

type Parts = {
  account: Account;
  actions: DashboardActions;
  faults: FaultPlan;
  api: Api;
  webhooks: WebhookControl;
  tick: () => Promise<void>;
};

const faultParams = params<{
  moment: 'before' | 'after';
  target: string;
  status?: number;
  connection?: 'reset' | 'timeout';
  delayMs?: number;
  times?: number;
  saved?: boolean;
}>()({
  moment: required(oneOf('before', 'after')),
  target: required(text()),
  status: integer({ min: 400, max: 599 }),
  connection: oneOf('reset', 'timeout'),
  delayMs: integer({ min: 0 }),
  times: integer({ min: 1 }),
  saved: flag(),
});
const settingsParams = params<{ enforceLinkLimit: boolean }>()({ enforceLinkLimit: required(flag()) });
const disputeParams = params<{ paymentIntent: string; amountMinor?: number; reason?: string }>()({
  paymentIntent: required(text()),
  amountMinor: integer({ min: 1 }),
  reason: text(),
});
const closeParams = params<{ outcome: 'won' | 'lost' }>()({ outcome: required(oneOf('won', 'lost')) });
const debitParams = params<{ outcome: 'succeeded' | 'failed' }>()({
  outcome: required(oneOf('succeeded', 'failed')),
});
const refundParams = params<{ paymentIntent: string; amountMinor?: number }>()({
  paymentIntent: required(text()),
  amountMinor: integer({ min: 1 }),
});
const refundStatusParams = params<{ status: 'requires_action' | 'succeeded' | 'failed' | 'canceled' }>()({
  status: required(oneOf('requires_action', 'succeeded', 'failed', 'canceled')),
});
const webhookParams = params<{
  do:
    | 'pause'
    | 'resume'
    | 'deliver'
    | 'undisturbed'
    | 'duplicateEach'
    | 'duplicateConcurrently'
    | 'reorder'
    | 'loseFor';
  value?: number;
}>()({
  do: required(
    oneOf(
      'pause',
      'resume',
      'deliver',
      'undisturbed',
      'duplicateEach',
      'duplicateConcurrently',
      'reorder',
      'loseFor',
    ),
  ),
  value: integer({ min: 0 }),
});

/** The simulator's TypeScript surface for another process, as JSON under `/_simulator/`. */
export function adminApi({ account, actions, faults, api, webhooks, tick }: Parts): Hono {
  const admin = new Hono();

  /** JSON values become text, and then meet the same checks as Stripe's own parameters. */
  async function body<T>(request: { text(): Promise<string> }, fields: Field<T>): Promise<T> {
    return fields.parse(textual(parseJson(await request.text())), '');
  }

  admin.get('/_simulator/state', (context) =>
    context.json({
      now: new Date(account.clock.nowMs()).toISOString(),
      settings: account.settings,
      paymentLinks: account.paymentLinks.all(),
      checkoutSessions: account.checkoutSessions.all(),
      paymentIntents: account.paymentIntents.all(),
      charges: account.charges.all(),
      refunds: account.refunds.all(),
      disputes: account.disputes.all(),
      customers: account.customers.all(),
      events: account.events.all(),
    }),
  );
  admin.post('/_simulator/tick', async (context) => {
    await tick();
    return context.json({ now: new Date(account.clock.nowMs()).toISOString() });
  });
  admin.post('/_simulator/settings', async (context) => {
    account.settings.enforceLinkLimit = (await body(context.req, settingsParams)).enforceLinkLimit;
    return context.json(account.settings);
  });

  admin.get('/_simulator/requests', (context) => context.json(api.requests));
  admin.post('/_simulator/requests/clear', (context) => {
    api.clearRequests();
    return context.json({});
  });

  admin.post('/_simulator/faults', async (context) => {
    const { moment, target, connection, ...fault } = await body(context.req, faultParams);
    faults[moment](target, connection === undefined ? fault : { ...fault, status: connection });
    return context.json({});
  });
  admin.post('/_simulator/faults/clear', (context) => {
    faults.clear();
    return context.json({});
  });

  admin.get('/_simulator/webhooks', (context) =>
    context.json({ queued: webhooks.queued, attempts: webhooks.attempts }),
  );
  admin.post('/_simulator/webhooks', async (context) => {
    const { do: command, value = 2 } = await body(context.req, webhookParams);
    await webhooks[command](value);
    return context.json({ queued: webhooks.queued });
  });
  admin.post('/_simulator/events/:id/redeliver', async (context) => {
    await webhooks.redeliver(context.req.param('id'));
    return context.json({});
  });

  admin.post('/_simulator/disputes', async (context) => {
    const { paymentIntent, ...input } = await body(context.req, disputeParams);
    return context.json(actions.createDispute(paymentIntent, input));
  });
  admin.post('/_simulator/disputes/:id/close', async (context) =>
    context.json(
      actions.closeDispute(context.req.param('id'), (await body(context.req, closeParams)).outcome),
    ),
  );
  admin.post('/_simulator/debits/:id', async (context) =>
    context.json(
      actions.settleDebit(context.req.param('id'), (await body(context.req, debitParams)).outcome),
    ),
  );
  admin.post('/_simulator/refunds', async (context) => {
    const { paymentIntent, ...input } = await body(context.req, refundParams);
    return context.json(actions.dashboardRefund(paymentIntent, input));
  });
  admin.post('/_simulator/refunds/:id', async (context) =>
    context.json(
      actions.settleRefund(context.req.param('id'), (await body(context.req, refundStatusParams)).status),
    ),
  );

  admin.onError((error, context) =>
    error instanceof StripeApiError
      ? context.json({ error: error.body }, 400)
      : context.json({ error: { message: error.message } }, 400),
  );
  return admin;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw invalidRequest('The body is not JSON.');
  }
}

function textual(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(textual);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textual(inner)]));
  }
  return String(value);
}
