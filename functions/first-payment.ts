import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { languageOf, type PageContent, renderPage } from '../lib/pages/page.ts';
import { answerClick } from '../lib/usecases/answer-click.ts';
import { readConfig } from './config.ts';
import { type Answer, http } from './http.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [...wiring.mintVariables, 'LEGACY_TOKEN_PATTERN']);
const deps = {
  ...wiring.minting(config, wiring.seldomUsedQueue(config.RETIRE_QUEUE_URL)),
  legacyToken: wiring.legacyToken(config),
};

/** All public pay URLs: GET and HEAD of `/pay/{token}` and `/checkout/first-payment?token=`. */
export const handler = http(
  async (event) => {
    const { token, session } = event.queryStringParameters ?? {};
    const answer = await answerClick(
      {
        token: event.pathParameters?.token ?? token ?? '',
        backFromStripe: session !== undefined,
        client: {
          method: event.requestContext.http.method,
          userAgent: event.headers['user-agent'],
        },
      },
      deps,
    );
    return answer.kind === 'redirect' ? redirect(answer.url) : page(answer.page, event);
  },
  { log: deps.log, onFailure: (_, event) => page({ kind: 'unavailable' }, event) },
);

const page = (content: PageContent, event: APIGatewayProxyEventV2): Answer => {
  const { status, headers, body } = renderPage(content, {
    language: languageOf(event.headers['accept-language']),
    club: deps.club,
  });
  return { statusCode: status, headers, body };
};

const redirect = (url: string): Answer => ({
  statusCode: 303,
  headers: {
    location: url,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  },
});
