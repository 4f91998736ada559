import { type Payment, type VisitedPage, visitor } from '../stripe/visitor.ts';

/** What somebody saw who opened a mailed address, after all redirects. */
export type Visit = {
  /** Stripe's payment page, a page of ours, or neither: a dead end. */
  led: 'to_payment' | 'to_our_page' | 'nowhere';
  status: number;
  heading: string;
  /** Stripe's page, to go on from. */
  opened: VisitedPage | null;
};

/** Opens a mailed address as a phone does: follows where it leads, runs no script. */
export const open = async (url: string): Promise<Visit> => {
  const answer = await fetch(url, { redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) {
    const body = await answer.text();
    return {
      led: answer.ok ? 'to_our_page' : 'nowhere',
      status: answer.status,
      heading: headingOf(body),
      opened: null,
    };
  }
  const opened = await visitor.open(location);
  const alive = opened.status < 400;
  return {
    led: alive ? 'to_payment' : 'nowhere',
    status: opened.status,
    heading: headingOf(opened.text),
    opened: alive ? opened : null,
  };
};

/** Opens an address that Stripe itself gave: what the older system mailed. */
export const openSessionUrl = async (url: string): Promise<Visit> => {
  const opened = await visitor.open(url);
  const alive = opened.status < 400;
  return {
    led: alive ? 'to_payment' : 'nowhere',
    status: opened.status,
    heading: headingOf(opened.text),
    opened: alive ? opened : null,
  };
};

/** Fills in Stripe's form and follows the way back to us. `accepted`: Stripe took the payment. */
export const pay = async (
  visit: Visit,
  payment: Payment,
): Promise<{ accepted: boolean; backAt: Visit | null }> => {
  if (visit.opened === null) return { accepted: false, backAt: null };
  const after = await visitor.payOn(visit.opened, payment);
  if (after.leavesTo === null) return { accepted: false, backAt: null };
  return { accepted: true, backAt: isLoopback(after.leavesTo) ? await open(after.leavesTo) : null };
};

/** A scanner of a mail provider: HEAD and GET of whatever is in the mail, and of where it leads. */
export const scan = async (url: string): Promise<void> => {
  await fetch(url, { method: 'HEAD', redirect: 'follow' });
  await fetch(url, { redirect: 'follow' });
};

const isLoopback = (url: string): boolean => new URL(url).hostname === '127.0.0.1';

const headingOf = (body: string): string => /<h1[^>]*>([^<]*)/.exec(body)?.[1]?.trim() ?? '';
