import type { Words } from '../words/en.ts';
import type { Reader } from '../words/reader.ts';
import type { PageContent } from './content.ts';

/** A page before it is markup: every part is plain text. */
export type View = {
  status: 200 | 404 | 410 | 503;
  sign: 'done' | 'wait' | 'note' | 'write' | 'mail';
  heading: string;
  paragraphs: readonly string[];
  /** Label and value. */
  facts?: readonly (readonly [string, string])[];
  action?: { label: string; href: string; weight: 'main' | 'quiet' };
  /** A button that asks for something: a POST to the page's own address. */
  button?: { label: string; name: string; value: string };
  /** The page loads itself again after so many seconds. */
  reloadSeconds?: number;
};

const WAIT_FOR_US_SECONDS = 15;
const WAIT_FOR_EVENT_SECONDS = 5;

/** The page's own address, `session=` included. */
const HERE = '';

/** What a mailbox's own button sends. @see https://www.rfc-editor.org/rfc/rfc8058#section-3.2 */
const ONE_CLICK = { name: 'List-Unsubscribe', value: 'One-Click' };

export const viewOf = (
  content: PageContent,
  { club, words, reader }: { club: string; words: Words; reader: Reader },
): View => {
  const { labels, pages } = words;
  switch (content.kind) {
    case 'not_found':
      return {
        status: 404,
        sign: 'note',
        heading: pages.not_found.heading,
        paragraphs: pages.not_found.body,
      };
    case 'replaced':
      return {
        status: 410,
        sign: 'note',
        heading: pages.replaced.heading,
        paragraphs: pages.replaced.body(club),
      };
    case 'unavailable':
      return {
        status: 503,
        sign: 'wait',
        heading: pages.unavailable.heading,
        paragraphs: pages.unavailable.body(WAIT_FOR_US_SECONDS),
        action: { label: pages.unavailable.again, href: HERE, weight: 'quiet' },
        reloadSeconds: WAIT_FOR_US_SECONDS,
      };
    case 'sign_contract': {
      const { heading, body, whereToSign, afterwards, sign } = pages.sign_contract;
      const href = webAddress(content.signUrl);
      return {
        status: 200,
        sign: 'write',
        heading,
        paragraphs: [...body(content.playerName), ...(href === null ? [whereToSign(club)] : []), afterwards],
        ...(href === null ? {} : { action: { label: sign, href, weight: 'main' as const } }),
      };
    }
    case 'on_its_way':
      return {
        status: 200,
        sign: 'wait',
        heading: pages.on_its_way.heading,
        paragraphs: pages.on_its_way.body,
        facts: [[labels.amount, reader.money(content.amount)]],
        action: { label: pages.on_its_way.again, href: HERE, weight: 'quiet' },
        reloadSeconds: WAIT_FOR_EVENT_SECONDS,
      };
    case 'processing':
      return {
        status: 200,
        sign: 'wait',
        heading: pages.processing.heading,
        paragraphs: pages.processing.body,
        facts: [[labels.amount, reader.money(content.amount)]],
      };
    case 'paid':
      return {
        status: 200,
        sign: 'done',
        heading: pages.paid.heading,
        paragraphs: pages.paid.body,
        facts: [
          [labels.paid, reader.money(content.amount)],
          ...(content.at === null ? [] : [[labels.paidOn, reader.dayOf(content.at)] as const]),
        ],
      };
    case 'review':
      return {
        status: 200,
        sign: 'note',
        heading: pages.review.heading,
        paragraphs: pages.review.body(club),
        // Money in another currency, or a lost dispute, can leave nothing to name here.
        ...(content.received.amountMinor > 0
          ? { facts: [[labels.received, reader.money(content.received)]] }
          : {}),
      };
    case 'canceled':
      return {
        status: 200,
        sign: 'note',
        heading: pages.canceled.heading,
        paragraphs: pages.canceled.body(club),
      };
    case 'waived':
      return {
        status: 200,
        sign: 'done',
        heading: pages.waived.heading,
        paragraphs: pages.waived.body(club),
      };
    case 'refunded':
      return {
        status: 200,
        sign: 'done',
        heading: pages.refunded.heading,
        paragraphs: pages.refunded.body,
        facts: [[labels.returned, reader.money(content.amount)]],
      };
    case 'closed':
      return {
        status: 200,
        sign: 'note',
        heading: pages.closed.heading,
        paragraphs: pages.closed.body(club),
        ...(content.payBy === null ? {} : { facts: [[labels.wasDue, reader.day(content.payBy)]] }),
      };
    case 'unsubscribe':
      return {
        status: 200,
        sign: 'mail',
        heading: pages.unsubscribe.heading,
        paragraphs: pages.unsubscribe.body(club),
        button: { label: pages.unsubscribe.stop, ...ONE_CLICK },
      };
    case 'unsubscribed':
      return {
        status: 200,
        sign: 'done',
        heading: pages.unsubscribed.heading,
        paragraphs: pages.unsubscribed.body(club),
      };
    case 'unsubscribe_not_found':
      return {
        status: 404,
        sign: 'note',
        heading: pages.unsubscribe_not_found.heading,
        paragraphs: pages.unsubscribe_not_found.body,
      };
    case 'unsubscribe_replaced':
      return {
        status: 410,
        sign: 'note',
        heading: pages.unsubscribe_replaced.heading,
        paragraphs: pages.unsubscribe_replaced.body(club),
      };
    case 'unsubscribe_unavailable':
      return {
        status: 503,
        sign: 'wait',
        heading: pages.unsubscribe_unavailable.heading,
        paragraphs: pages.unsubscribe_unavailable.body,
        // A link and no reload: after the button it would ask the browser to send the form again.
        action: { label: pages.unsubscribe_unavailable.again, href: HERE, weight: 'quiet' },
      };
  }
};

/** Null for anything that a browser would run or open elsewhere than on the web. */
const webAddress = (url: string | null): string | null =>
  url !== null && /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? url : null;
