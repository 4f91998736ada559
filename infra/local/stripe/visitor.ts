/** What a visitor has in front of them after a step. */
export type VisitedPage = {
  /** Where the visitor ended up, with redirects to pages of the simulator followed. */
  readonly url: string;
  readonly status: number;
  readonly text: string;
  /** Where the page sends the visitor next, outside the simulator: the return URL after a payment. */
  readonly leavesTo: string | null;
  /** The session that the page belongs to, if any. */
  readonly sessionId: string | null;
};

export type Payment = {
  email?: string;
  name?: string;
  method?: 'card' | 'us_bank_account';
  cardNumber?: string;
  accountNumber?: string;
  /** What to tell the bank when it asks. Left out, the visitor stops at its page. */
  authentication?: 'approve' | 'fail';
};

const MAX_REDIRECTS = 5;

/**
 * A parent without a browser: follows links and posts the forms of the hosted pages over HTTP, exactly as a browser
 * without scripts would. For tests and demos.
 */
export const visitor = {
  /** Opens a link's or a session's URL. */
  open: (url: string): Promise<VisitedPage> => follow(url),

  /** Opens a link's or a session's URL, fills in the form and presses the button. */
  async pay(url: string, payment: Payment = {}): Promise<VisitedPage> {
    const opened = await follow(url);
    return opened.sessionId === null ? opened : visitor.payOn(opened, payment);
  },

  /** Fills in the form of a page that is open already; two pages can be open at the same time. */
  async payOn(opened: VisitedPage, payment: Payment = {}): Promise<VisitedPage> {
    const action = new URL(`/c/pay/${opened.sessionId}`, opened.url);
    const answered = await post(action, {
      email: payment.email ?? 'parent@example.com',
      name: payment.name ?? 'Pat Parent',
      method: payment.method ?? 'card',
      card_number: payment.cardNumber ?? '4242 4242 4242 4242',
      account_number: payment.accountNumber ?? '000123456789',
    });
    return payment.authentication !== undefined && answered.url.endsWith('/authenticate')
      ? post(new URL(answered.url), { answer: payment.authentication })
      : answered;
  },
};

const post = (url: URL, fields: Record<string, string>): Promise<VisitedPage> =>
  follow(url.href, { method: 'POST', body: new URLSearchParams(fields) });

async function follow(url: string, init: RequestInit = {}): Promise<VisitedPage> {
  const home = new URL(url).origin;
  let response = await fetch(url, { ...init, redirect: 'manual' });
  let at = url;
  for (let hops = 0; hops < MAX_REDIRECTS; hops += 1) {
    const location = response.headers.get('location');
    if (location === null) break;
    const next = new URL(location, at);
    if (next.origin !== home) {
      return { url: at, status: response.status, text: '', leavesTo: next.href, sessionId: sessionIn(at) };
    }
    await response.body?.cancel();
    at = next.href;
    response = await fetch(at, { redirect: 'manual' });
  }
  return {
    url: at,
    status: response.status,
    text: await response.text(),
    leavesTo: null,
    sessionId: sessionIn(at),
  };
}

const sessionIn = (url: string): string | null => /\/c\/pay\/(cs_test_\w+)/.exec(url)?.[1] ?? null;
