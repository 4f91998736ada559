import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { languageOf, type PageContent, renderPage } from '../lib/pages/page.ts';
import { unsubscribe } from '../lib/usecases/unsubscribe.ts';
import { readConfig } from './config.ts';
import { type Answer, http } from './http.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
  'ROSTER_TABLE',
  'TOKEN_KEYS_SECRET_ID',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  roster: wiring.roster(config),
  tokens: wiring.tokens(config),
};
const club = wiring.club(config);

/**
 * GET and HEAD of `/unsubscribe/{token}` show what can be done; POST does it, whatever its body: the page's button
 * and a mailbox's own (`List-Unsubscribe=One-Click`) ask for the same.
 */
export const handler = http(
  async (event) => {
    const asked = event.requestContext.http.method === 'POST';
    return page(await unsubscribe({ token: event.pathParameters?.token ?? '', asked }, deps), event);
  },
  { log: deps.log, onFailure: (_, event) => page({ kind: 'unsubscribe_unavailable' }, event) },
);

const page = (content: PageContent, event: APIGatewayProxyEventV2): Answer => {
  const { status, headers, body } = renderPage(content, {
    language: languageOf(event.headers['accept-language']),
    club,
  });
  return { statusCode: status, headers, body };
};
