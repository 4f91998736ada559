import { DAY_MS } from '../../../../infra/local/stripe/clock.ts';
import { currencies, MAXIMUM_MINOR, minimumMinor } from '../../../../infra/local/stripe/money.ts';
import { instant } from '../../../../lib/domain/ids.ts';
import type { StripeMetadata } from '../../../../lib/domain/payment-notice.ts';
import type { MintedSurface, SurfaceRequest } from '../../../../lib/ports.ts';
import { wholeSeconds } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { LinkRecord, SessionRecord } from './records.ts';
import { missing, refused } from './refusals.ts';
import { toldOfLapse } from './told.ts';

/** What is sold, and where. */
export type Offer = {
  amountMinor: number;
  currency: string;
  metadata: StripeMetadata;
  productName: string;
  returnUrl: string | null;
  saveCard: boolean;
};

const LINKS = 'https://buy.stripe.com/';
const PAGES = 'https://checkout.stripe.com/c/pay/';

/** Without what is behind the question mark: anybody can write there. */
export const named = (url: string): { linkId?: string; sessionId?: string } => {
  const [bare = ''] = url.split('?', 1);
  if (bare.startsWith(LINKS)) return { linkId: bare.slice(LINKS.length) };
  return bare.startsWith(PAGES) ? { sessionId: bare.slice(PAGES.length) } : {};
};

export const makeLink = (
  ledger: Ledger,
  offer: Offer,
  { id = ledger.newId('plink_'), limit = 1 }: { id?: string; limit?: number | null } = {},
): LinkRecord =>
  ledger.links.add({
    id,
    url: LINKS + id,
    amountMinor: offer.amountMinor,
    currency: offer.currency,
    metadata: offer.metadata,
    productName: offer.productName,
    returnUrl: offer.returnUrl,
    saveCard: offer.saveCard,
    limit,
    active: true,
    completed: 0,
    sessions: [],
  });

export const makeSession = (
  ledger: Ledger,
  offer: Omit<Offer, 'productName'>,
  { id = ledger.newId('cs_test_'), linkId = null }: { id?: string; linkId?: string | null } = {},
): SessionRecord => {
  const nowMs = ledger.time.nowMs();
  const session = ledger.sessions.add({
    id,
    url: PAGES + id,
    linkId,
    amountMinor: offer.amountMinor,
    currency: offer.currency,
    metadata: offer.metadata,
    returnUrl: offer.returnUrl,
    saveCard: offer.saveCard,
    createdAt: wholeSeconds(nowMs),
    // The rule that stranded seventeen families: nothing makes it live longer.
    expiresAtMs: wholeSeconds(nowMs + DAY_MS) * 1000,
    state: 'open',
    paymentId: null,
    customerId: null,
  });
  ledger.agenda.add(
    session.expiresAtMs,
    () => session.state === 'open',
    () => lapse(ledger, session),
  );
  return session;
};

/** Every visit of a link opens a session of its own, with a copy of the link's metadata. */
export const visitLink = (ledger: Ledger, link: LinkRecord): SessionRecord => {
  const session = makeSession(ledger, link, { linkId: link.id });
  link.sessions.push(session);
  return session;
};

/** Ends an open session unpaid, be it by a request or by time. The link that it came from lives on. */
export const lapse = (ledger: Ledger, session: SessionRecord): void => {
  session.state = 'expired';
  ledger.events.emit('checkout.session.expired', toldOfLapse(session));
};

/** Always false while limits are not enforced. */
const isAtItsLimit = ({ settings }: Ledger, { limit, completed }: LinkRecord): boolean =>
  settings.enforceLinkLimit && limit !== null && completed >= limit;

export const canBeVisited = (ledger: Ledger, link: LinkRecord): boolean =>
  link.active && !isAtItsLimit(ledger, link);

/** Whether it still takes a payment. One that was open when its link was deactivated does. */
export const isPayable = (ledger: Ledger, { state, linkId }: SessionRecord): boolean => {
  if (state !== 'open') return false;
  const link = linkId === null ? undefined : ledger.links.get(linkId);
  return link === undefined || !isAtItsLimit(ledger, link);
};

/** A session that is complete counts even when it is unpaid yet; at the limit the link deactivates by itself. */
export const countCompleted = (ledger: Ledger, linkId: string): void => {
  const link = ledger.links.get(linkId);
  if (link === undefined) return;
  link.completed += 1;
  if (isAtItsLimit(ledger, link)) link.active = false;
};

/** What our gateway asks for, checked where a club's own words and amounts could be wrong. */
export const createSurface = (
  ledger: Ledger,
  request: SurfaceRequest,
  idempotencyKey: string,
): MintedSurface => {
  const isLink = request.kind === 'payment_link';
  const operation = isLink ? 'create payment link' : 'create checkout session';
  check(request, operation);
  const asked = { operation, request, isSame: (earlier: SurfaceRequest) => sameRequest(earlier, request) };
  return ledger.keyed(idempotencyKey, asked, () => {
    const { amount, product, returnUrl, saveCard } = request;
    const productName =
      product.stripeProductId === null ? product.name : ledger.products.get(product.stripeProductId);
    if (productName === undefined) throw missing(operation, 'line_items[0][price_data][product]');
    const offer: Offer = {
      amountMinor: amount.amountMinor,
      currency: amount.currency,
      metadata: Object.freeze({ ...request.metadata }),
      productName,
      returnUrl,
      saveCard,
    };
    if (isLink) {
      const { id, url } = makeLink(ledger, offer);
      return Object.freeze({ stripeId: id, url, expiresAt: null });
    }
    const { id, url, expiresAtMs } = makeSession(ledger, offer);
    return Object.freeze({ stripeId: id, url, expiresAt: instant(expiresAtMs) });
  });
};

/** Stripe's limits on texts, in characters. */
const LONGEST = { name: 250, description: 40_000, inactiveMessage: 500, customText: 1_200 };

const check = (request: SurfaceRequest, operation: string): void => {
  const { kind, amount, product, inactiveMessage, customText } = request;
  const { amountMinor, currency } = amount;
  if (kind === 'payment_link')
    checkText(inactiveMessage, LONGEST.inactiveMessage, 'inactive_message', operation);
  if (customText !== null) {
    checkText(customText, LONGEST.customText, 'custom_text[submit][message]', operation);
  }
  const at = 'line_items[0][price_data]';
  if (!currencies.includes(currency)) throw refused(operation, { param: `${at}[currency]` });
  if (product.stripeProductId === null) {
    checkText(product.name, LONGEST.name, `${at}[product_data][name]`, operation);
    if (product.description !== null) {
      checkText(product.description, LONGEST.description, `${at}[product_data][description]`, operation);
    }
  }
  if (amountMinor > MAXIMUM_MINOR) {
    throw refused(operation, { code: 'amount_too_large', param: `${at}[unit_amount]` });
  }
  if (amountMinor < minimumMinor(currency)) {
    throw refused(operation, { code: 'amount_too_small', param: 'line_items' });
  }
};

const checkText = (text: string, longest: number, param: string, operation: string): void => {
  if (text === '') throw refused(operation, { code: 'parameter_invalid_empty', param });
  if (text.length > longest && [...text].length > longest) throw refused(operation, { param });
};

/** Whether both are sent to Stripe as the same parameters. */
const sameRequest = (a: SurfaceRequest, b: SurfaceRequest): boolean =>
  a === b ||
  (a.amount.amountMinor === b.amount.amountMinor &&
    a.amount.currency === b.amount.currency &&
    a.product.stripeProductId === b.product.stripeProductId &&
    (a.product.stripeProductId !== null ||
      (a.product.name === b.product.name && a.product.description === b.product.description)) &&
    a.saveCard === b.saveCard &&
    a.customText === b.customText &&
    a.returnUrl === b.returnUrl &&
    // Only a link has a message, and only a session a way back.
    (a.kind === 'payment_link' ? a.inactiveMessage === b.inactiveMessage : a.cancelUrl === b.cancelUrl) &&
    sameMetadata(a.metadata, b.metadata));

export const sameMetadata = (a: StripeMetadata, b: StripeMetadata): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};
