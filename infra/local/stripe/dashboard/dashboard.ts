import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import type { Account } from '../account.ts';
import { SECOND_MS } from '../clock.ts';
import { type Html, page } from '../hosted-pages/layout.ts';
import { formatMoney } from '../money.ts';
import { balanceOf } from '../resources/balance-transactions.ts';
import type { PaymentIntent } from '../resources/payment-intents.ts';
import type { WebhookControl } from '../webhooks.ts';
import type { DashboardActions } from './actions.ts';

const ROWS = 50;

type Parts = { account: Account; actions: DashboardActions; webhooks: WebhookControl };

/** What a person at the club would see and do in Stripe's dashboard. Reading is GET, doing is POST. */
export function dashboard({ account, actions, webhooks }: Parts): Hono {
  const app = new Hono();

  app.get('/', (context) => {
    account.agenda.runDue();
    context.header('cache-control', 'no-store');
    return context.html(dashboardPage(account, webhooks, context.req.query('problem')));
  });

  const commands: Record<string, (id: string) => unknown> = {
    refund: (id) => actions.dashboardRefund(id),
    dispute: (id) => actions.createDispute(id),
    'debit-succeeded': (id) => actions.settleDebit(id, 'succeeded'),
    'debit-failed': (id) => actions.settleDebit(id, 'failed'),
    'refund-failed': (id) => actions.settleRefund(id, 'failed'),
    'dispute-won': (id) => actions.closeDispute(id, 'won'),
    'dispute-lost': (id) => actions.closeDispute(id, 'lost'),
    resend: (id) => webhooks.redeliver(id),
  };

  app.post('/dashboard/:command', async (context) => {
    // Another site open in the same browser must not press these buttons.
    const origin = context.req.header('origin');
    if (origin !== undefined && URL.parse(origin)?.host !== context.req.header('host')) {
      return context.text('Only this page may do that.', 403);
    }
    const command = commands[context.req.param('command')];
    const id = new URLSearchParams(await context.req.text()).get('id') ?? '';
    if (command === undefined) return context.notFound();
    try {
      await command(id);
      return context.redirect('/', 303);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return context.redirect(`/?${new URLSearchParams({ problem })}`, 303);
    }
  });

  return app;
}

const STYLE = `
main { max-width: 72rem; }
section { margin-top: 1.5rem; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 12px; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; padding: .45rem .75rem; border-bottom: 1px solid var(--line); vertical-align: middle; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 600; }
td form { display: inline; }
td button { padding: .2rem .55rem; min-height: 28px; font-size: .8rem; }
code { font-size: .78rem; color: var(--soft); }
.none { padding: .75rem; color: var(--soft); margin: 0; }
`;

function dashboardPage(account: Account, webhooks: WebhookControl, problem: string | undefined): Html {
  const balances = Object.entries(balanceOf(account)).map(
    ([code, { availableMinor, pendingMinor }]) =>
      `${formatMoney(availableMinor, code)} available, ${formatMoney(pendingMinor, code)} pending`,
  );
  return page(
    'Stripe simulator',
    html`<style>
        ${raw(STYLE)}
      </style>
      <h2>Stripe simulator</h2>
      <p class="hint">
        Test mode, ${time(account.clock.nowSeconds())}. Balance: ${balances.join('; ') || 'nothing yet'}.
        ${webhooks.queued} webhook deliveries are waiting. Link limits are
        ${account.settings.enforceLinkLimit ? 'enforced' : 'ignored'}.
      </p>
      ${problem === undefined ? '' : html`<p class="refusal" role="alert">${problem}</p>`}
      ${payments(account)} ${links(account)} ${sessions(account)} ${refunds(account)} ${disputes(account)}
      ${events(account, webhooks)}`,
  );
}

const payments = (account: Account): Html =>
  table(
    'Payments',
    ['Amount', 'Status', 'Payer', 'Payment', 'When', ''],
    latest(account.paymentIntents.newestFirst()).map((intent) => {
      const charge = account.charges.get(intent.latest_charge ?? '');
      return [
        formatMoney(intent.amount, intent.currency),
        statusOf(intent, charge?.amount_refunded ?? 0, charge?.disputed ?? false),
        charge?.billing_details.email ?? '–',
        id(intent.id),
        time(intent.created),
        html`${
          intent.status === 'succeeded' && charge !== undefined && !charge.disputed && !charge.refunded
            ? html`${button('refund', intent.id, 'Refund')} ${button('dispute', intent.id, 'Dispute')}`
            : ''
        }
        ${
          intent.status === 'processing'
            ? html`${button('debit-succeeded', intent.id, 'Settle')}
              ${button('debit-failed', intent.id, 'Fail')}`
            : ''
        }`,
      ];
    }),
  );

const statusOf = (intent: PaymentIntent, refundedMinor: number, disputed: boolean): string => {
  if (disputed) return 'disputed';
  if (refundedMinor === intent.amount) return 'refunded';
  return refundedMinor > 0
    ? `${intent.status}, ${formatMoney(refundedMinor, intent.currency)} refunded`
    : intent.status;
};

const links = (account: Account): Html =>
  table(
    'Payment links',
    ['Item', 'Amount', 'Active', 'Completed', 'Link', 'URL'],
    latest(account.paymentLinks.newestFirst()).map((link) => {
      const items = account.lineItems.get(link.id) ?? [];
      const completed = link.restrictions?.completed_sessions;
      return [
        items[0]?.description ?? '–',
        formatMoney(
          items.reduce((sum, item) => sum + item.amount_total, 0),
          link.currency,
        ),
        link.active ? 'active' : 'inactive',
        completed === undefined ? 'no limit' : `${completed.count} of ${completed.limit}`,
        id(link.id),
        html`<a href="${link.url}">open</a>`,
      ];
    }),
  );

const sessions = (account: Account): Html =>
  table(
    'Checkout sessions',
    ['Amount', 'Status', 'Payment', 'Expires', 'Session', 'Link'],
    latest(account.checkoutSessions.newestFirst()).map((session) => [
      formatMoney(session.amount_total ?? 0, session.currency ?? 'usd'),
      session.status ?? '–',
      session.payment_status,
      time(session.expires_at),
      session.url === null ? id(session.id) : html`<a href="${session.url}">${id(session.id)}</a>`,
      session.payment_link === null ? '–' : id(session.payment_link),
    ]),
  );

const refunds = (account: Account): Html =>
  table(
    'Refunds',
    ['Amount', 'Status', 'Refund', 'Payment', 'When', ''],
    latest(account.refunds.newestFirst()).map((refund) => [
      formatMoney(refund.amount, refund.currency),
      refund.status ?? '–',
      id(refund.id),
      id(refund.payment_intent ?? ''),
      time(refund.created),
      refund.status === 'failed' || refund.status === 'canceled'
        ? ''
        : button('refund-failed', refund.id, 'Fail'),
    ]),
  );

const disputes = (account: Account): Html =>
  table(
    'Disputes',
    ['Amount', 'Status', 'Reason', 'Dispute', 'Payment', ''],
    latest(account.disputes.newestFirst()).map((dispute) => [
      formatMoney(dispute.amount, dispute.currency),
      dispute.status,
      dispute.reason,
      id(dispute.id),
      id(dispute.payment_intent ?? ''),
      dispute.status === 'needs_response'
        ? html`${button('dispute-won', dispute.id, 'Won')} ${button('dispute-lost', dispute.id, 'Lost')}`
        : '',
    ]),
  );

const events = (account: Account, webhooks: WebhookControl): Html =>
  table(
    'Events',
    ['Type', 'Event', 'When', 'Deliveries', ''],
    latest(account.events.newestFirst()).map((event) => {
      const tried = webhooks.attempts.filter((attempt) => attempt.eventId === event.id);
      return [
        event.type,
        id(event.id),
        time(event.created),
        tried.map((attempt) => attempt.status ?? attempt.error ?? '–').join(', ') || 'none',
        button('resend', event.id, 'Resend'),
      ];
    }),
  );

function latest<T>(objects: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const object of objects) {
    if (taken.length === ROWS) break;
    taken.push(object);
  }
  return taken;
}

const table = (title: string, head: string[], rows: (Html | string)[][]): Html =>
  html`<section>
    <h2>${title}</h2>
    <div class="scroll">
      ${
        rows.length === 0
          ? html`<p class="none">None yet.</p>`
          : html`<table>
              <thead>
                <tr>
                  ${head.map((name) => html`<th scope="col">${name}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}
              </tbody>
            </table>`
      }
    </div>
  </section>`;

const button = (command: string, objectId: string, label: string): Html =>
  html`<form method="post" action="/dashboard/${command}">
    <button class="plain" name="id" value="${objectId}">${label}</button>
  </form>`;

/** Enough of an id to find it again. */
const id = (whole: string): Html => html`<code title="${whole}">${whole.slice(0, 16)}</code>`;

const time = (seconds: number): string =>
  new Date(seconds * SECOND_MS).toISOString().replace('T', ' ').slice(0, 16);
