import { Hono } from 'hono';
import type { Account } from '../account.ts';
import { answerAuthentication, isPayable, type PayResult, paySession } from '../payments/pay-session.ts';
import { type CheckoutSession, openSessionOfLink } from '../resources/checkout-sessions.ts';
import { canBeVisited } from '../resources/payment-links.ts';
import { authenticationPage, checkoutPage, type Draft } from './checkout-page.ts';
import { completePage, expiredPage, inactiveLinkPage, unknownPage } from './closed-pages.ts';
import type { Html } from './layout.ts';

/** A page that can't be paid on says so in its status too, so that a script notices. */
const GONE = 410;
const REFUSED = 402;

/** What a visitor sees: a payment link opens a session, a session is paid. */
export function hostedPages(account: Account): Hono {
  const pages = new Hono();

  pages.use(async (context, next) => {
    account.agenda.runDue();
    await next();
    context.header('cache-control', 'no-store');
  });

  /** A visit opens a session; then a redirect, so that reloading the page does not open another. */
  pages.get('/pay/:slug', (context) => {
    const link = account.paymentLinks.get(account.linkOfSlug.get(context.req.param('slug')) ?? '');
    if (link === undefined) return context.html(unknownPage(), 404);
    if (!canBeVisited(account, link)) return context.html(inactiveLinkPage(link), GONE);
    // Mail scanners send HEAD; they get an answer and open nothing.
    if (context.req.method === 'HEAD') return context.body(null);

    const reference = context.req.query('client_reference_id') ?? '';
    const session = openSessionOfLink(account, link, {
      email: context.req.query('locked_prefilled_email') ?? null,
      // Stripe drops a reference that does not look like one, and shows the page all the same.
      clientReferenceId: /^[A-Za-z0-9_-]{1,200}$/.test(reference) ? reference : null,
    });
    const suggestion = context.req.query('prefilled_email');
    const query = suggestion === undefined ? '' : `?${new URLSearchParams({ prefilled_email: suggestion })}`;
    return context.redirect(`/c/pay/${session.id}${query}`, 303);
  });

  pages.get('/c/pay/:id', (context) => {
    const session = account.checkoutSessions.get(context.req.param('id'));
    if (session === undefined) return context.html(unknownPage(), 404);
    if (!isPayable(account, session)) return closed(session);
    const draft = { email: context.req.query('prefilled_email') ?? '', name: '', method: 'card' };
    return context.html(checkoutPage(account, session, draft, undefined));
  });

  pages.post('/c/pay/:id', async (context) => {
    const session = account.checkoutSessions.get(context.req.param('id'));
    if (session === undefined) return context.html(unknownPage(), 404);
    const form = new URLSearchParams(await context.req.text());
    const field = (name: string) => form.get(name) ?? '';
    const draft = { email: field('email'), name: field('name'), method: field('method') };
    return answer(
      paySession(account, session, {
        ...draft,
        cardNumber: field('card_number'),
        accountNumber: field('account_number'),
      }),
      draft,
    );
  });

  pages.get('/c/pay/:id/authenticate', (context) => {
    const session = account.checkoutSessions.get(context.req.param('id'));
    if (session === undefined) return context.html(unknownPage(), 404);
    const intent = account.paymentIntents.get(session.payment_intent ?? '');
    if (!isPayable(account, session) || intent?.status !== 'requires_action') return closed(session);
    return context.html(authenticationPage(session));
  });

  pages.post('/c/pay/:id/authenticate', async (context) => {
    const session = account.checkoutSessions.get(context.req.param('id'));
    if (session === undefined) return context.html(unknownPage(), 404);
    const form = new URLSearchParams(await context.req.text());
    return answer(answerAuthentication(account, session, form.get('answer') === 'approve'), {
      email: '',
      name: '',
      method: 'card',
    });
  });

  async function closed(session: CheckoutSession): Promise<Response> {
    if (session.status === 'complete') return document(completePage(account, session), 200);
    if (session.status === 'expired') return document(expiredPage(), GONE);
    const link = account.paymentLinks.get(session.payment_link ?? '');
    return document(inactiveLinkPage(link), GONE);
  }

  async function answer(result: PayResult, draft: Draft): Promise<Response> {
    const { session } = result;
    switch (result.kind) {
      case 'complete':
        return redirect(afterCompletionUrl(session));
      case 'authenticate':
        return redirect(`/c/pay/${session.id}/authenticate`);
      case 'refused':
        return document(checkoutPage(account, session, draft, result.message), REFUSED);
      case 'closed':
        return closed(session);
    }
  }

  return pages;
}

const document = async (body: Html, status: number): Promise<Response> =>
  new Response(String(await body), { status, headers: { 'content-type': 'text/html; charset=UTF-8' } });

const redirect = (location: string): Response => new Response(null, { status: 303, headers: { location } });

/** @see https://docs.stripe.com/payments/checkout/custom-success-page */
const afterCompletionUrl = (session: CheckoutSession): string =>
  session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id) ?? `/c/pay/${session.id}`;
