import { openToken, signToken, type TokenKeys } from '../domain/pay-token.ts';
import type { PageContent } from '../pages/page.ts';
import type { Site } from '../ports.ts';
import type { Deps } from './deps.ts';

/**
 * Where a reminder can be stopped: the link in its footer, and the address behind a mailbox's own button.
 * @param addressKey `addressKeyOf` the address that the reminder goes to; the URL does not show the address itself
 * @see https://www.rfc-editor.org/rfc/rfc8058
 */
export const unsubscribeUrl = (addressKey: string, keys: TokenKeys, site: Pick<Site, 'baseUrl'>): string =>
  `${site.baseUrl}/unsubscribe/${signToken(keys, 'unsubscribe', addressKey)}`;

/**
 * What a page says to whoever opens that URL, and the end of reminders when they ask for it.
 * @param asked by POST. Opening the page changes nothing: mail scanners open every link
 * @throws {StoreUnavailable} when it could not be kept: nobody is told that it was
 */
export const unsubscribe = async (
  { token, asked }: { token: string; asked: boolean },
  deps: Pick<Deps, 'tokens' | 'roster' | 'clock' | 'log'>,
): Promise<PageContent> => {
  const opened = openToken(await deps.tokens.keys(), 'unsubscribe', token);
  if (opened.kind === 'garbage') return { kind: 'unsubscribe_not_found' };
  if (opened.kind === 'revoked') return { kind: 'unsubscribe_replaced' };
  if (!asked) return { kind: 'unsubscribe' };
  await deps.roster.unsubscribe(opened.subject, deps.clock.now());
  deps.log('address.unsubscribed');
  return { kind: 'unsubscribed' };
};
