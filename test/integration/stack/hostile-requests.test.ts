import fc from 'fast-check';
import Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../../infra/functions.ts';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { signToken } from '../../../lib/domain/pay-token.ts';
import { unsubscribeUrl } from '../../../lib/usecases/unsubscribe.ts';
import {
  almost,
  type HttpEvent,
  hostileBody,
  hostileEvent,
  hostileHeaders,
  hostileQuery,
  hostileText,
  hostileValue,
  httpEvent,
  MARK,
} from '../../support/hostile.ts';
import { toldBy } from '../../support/log-audit.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

type Answer = { statusCode: number; headers: Record<string, string>; body?: string };

let test: TestStack;
beforeAll(async () => {
  test = await startTestStack();
});
afterAll(() => test.stop());
afterEach(() => {
  test.forget();
  test.stack.logs.clear();
  test.stack.invocations.clear();
});

/** What the function answers. Throws whatever it throws, which no input may make it do. */
const ask = async (name: FunctionName, event: unknown): Promise<Answer> =>
  (await test.stack.invoke(name, event)) as Answer;

const assertAll = <T>(given: fc.Arbitrary<T>, numRuns: number, property: (input: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(given, property), { numRuns });

/** Every request that a function makes, to whomever. */
const callsSince = (name: FunctionName): string[] => [...test.callsOf(name), ...test.stripeCalls()];

const logsOf = (name: FunctionName): string[] => test.stack.logs.lines(name).map(({ line }) => line);

const expectPage = ({ headers, body = '' }: Answer): void => {
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; form-action '(none|self)'; frame-ancestors 'none'$/,
  );
  expect(body).not.toMatch(/<script|<[^>]*\son\w+=|href="(?!https?:|mailto:|tel:|")/i);
};
const expectJson = ({ headers, body = '' }: Answer): void => {
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  expect(() => JSON.parse(body)).not.toThrow();
};
/** Nothing that came with the request comes back. */
const expectNothingOf = (answer: Answer): void => expect(JSON.stringify(answer)).not.toContain(MARK);

const pay = 'GET /pay/{token}';
const token = (given: string): Partial<HttpEvent> => ({ pathParameters: { token: given } });

describe('a link that nobody of us has signed', () => {
  it.each([
    ['first-payment', 'GET /pay/{token}', 404],
    ['unsubscribe', 'POST /unsubscribe/{token}', 404],
  ] as const)(
    '%s: whatever the request says, the same page, and nothing is asked of anybody',
    async (name, route, status) => {
      const garbage = fc.oneof(
        hostileText,
        // Of the right shape, with another MAC; for another purpose; cut off; with something behind it.
        fc
          .tuple(fc.stringMatching(/^[a-z0-9]{1,3}$/), fc.stringMatching(/^[\w-]{1,20}$/))
          .map(([key, subject]) => `${key}-${subject}-${'0'.repeat(32)}`),
        fc.constantFrom(signToken(test.keys, 'statement', 'ord_1')),
        fc.nat({ max: 40 }).map((length) => signToken(test.keys, 'pay', 'ord_1').slice(0, length)),
        hostileText.filter((more) => more !== '').map((more) => signToken(test.keys, 'pay', 'ord_1') + more),
      );
      const pages = new Set<string>();
      for (const language of ['en', 'es']) {
        const headers = { 'accept-language': language };
        const page = await ask(name, httpEvent('GET', route, { ...token('x'), headers }));
        expectPage(page);
        pages.add(JSON.stringify(page));
      }
      test.forget();
      await assertAll(
        hostileEvent(route, fc.option(garbage.map(token), { nil: {} })),
        1_000,
        async (event) => {
          const answer = await ask(name, event);
          expect(answer.statusCode).toBe(status);
          // Byte by byte that of a harmless request, so nothing can come back in it.
          expect([...pages]).toContain(JSON.stringify(answer));
        },
      );
      expect(callsSince(name)).toEqual([]);
      expect(logsOf(name)).toEqual([]);
    },
  );

  it('of the other page’s query parameter is the same garbage', async () => {
    const query = hostileQuery.map((queryStringParameters) => ({ queryStringParameters }));
    await assertAll(hostileEvent('GET /checkout/first-payment', query), 500, async (event) => {
      const answer = await ask('first-payment', event);
      expect(answer.statusCode).toBe(404);
      expectNothingOf(answer);
    });
    expect(callsSince('first-payment')).toEqual([]);
  });
});

describe('a link of ours, with anything around it', () => {
  it('leads to the persisted page of Stripe, or to none', async () => {
    const order = await test.order();
    const ours = token(test.tokenOf(order));
    await ask('first-payment', httpEvent('GET', pay, ours));
    const [surface] = (await test.mustGet(order.orderId)).surfaces;
    const event = hostileEvent(pay, fc.constant(ours)).chain((made) =>
      hostileQuery.map((queryStringParameters) => ({ ...made, queryStringParameters })),
    );
    await assertAll(event, 100, async (made) => {
      const answer = await ask('first-payment', made);
      expectNothingOf(answer);
      if (made.queryStringParameters.session !== undefined) {
        expect([answer.statusCode, answer.headers.location]).toEqual([200, undefined]);
        expectPage(answer);
      } else {
        expect([answer.statusCode, answer.headers.location]).toEqual([303, surface?.url]);
        expect(answer.headers).toMatchObject({
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        });
      }
    });
  });

  it('whose family has markup for a name shows it as text', async () => {
    const order = await test.order({ category: 'monthly' }, 'unsigned');
    const ours = token(test.tokenOf(order));
    await assertAll(hostileText, 40, async (name) => {
      await test.roster.putPlayer({
        playerId: order.playerId,
        familyId: order.familyId,
        name,
        contract: { state: 'unsigned', signUrl: name },
      });
      const answer = await ask('first-payment', httpEvent('GET', pay, ours));
      expect(answer.statusCode).toBe(200);
      expectPage(answer);
      expect(answer.body).not.toMatch(new RegExp(`<[^>"]*${MARK}`));
    });
  });

  it('stops reminders by POST alone, and never twice differently', async () => {
    const url = unsubscribeUrl(addressKeyOf('a@family.example'), test.keys, { baseUrl: '' });
    const ours = token(url.split('/').at(-1) ?? '');
    await assertAll(hostileEvent('POST /unsubscribe/{token}', fc.constant(ours)), 100, async (event) => {
      test.forget();
      const answer = await ask('unsubscribe', event);
      expect(answer.statusCode).toBe(200);
      expectPage(answer);
      expectNothingOf(answer);
      const asked = event.requestContext.http.method === 'POST';
      expect(callsSince('unsubscribe').filter((call) => !call.startsWith('secretsmanager')).length > 0).toBe(
        asked,
      );
    });
  });
});

describe('a body that a system of the club sends', () => {
  const order = {
    productId: 'utah',
    playerId: 'ply_1',
    amount: { amountMinor: 5_500, currency: 'usd' },
    payBy: '2026-05-29',
    surfaces: [{ stripeId: 'cs_test_1', mintedAt: '2026-05-29T09:00:00.000Z' }],
    payments: [
      {
        paymentId: 'pi_1',
        paidAmount: { amountMinor: 5_500, currency: 'usd' },
        paidAt: '2026-05-29T09:00:00.000Z',
      },
    ],
    refunds: [],
  };
  const family = {
    language: 'en',
    parents: [{ parentId: '1', name: 'Alex', addresses: ['alex@family.example'] }],
  };
  const checkout = {
    productId: 'shop',
    playerId: 'ply_1',
    clientRequestId: 'request-0001',
    successUrl: 'https://club.example/thanks',
    cancelUrl: 'https://club.example/shop',
  };
  it.each<[FunctionName, string, string, object, Record<string, string>]>([
    ['start-checkout', 'POST', '/checkout', checkout, {}],
    ['keep-record', 'PUT', '/orders/{orderId}', order, { orderId: 'o1' }],
    ['keep-record', 'PUT', '/families/{familyId}', family, { familyId: 'f1' }],
    ['keep-record', 'PUT', '/players/{playerId}/contract', { contract: 'signed' }, { playerId: 'p1' }],
    ['mint-link', 'POST', '/orders/{orderId}/link', { any: 1 }, { orderId: 'none' }],
  ])(
    '%s, %s %s: is taken or refused with the rule, and never comes back',
    async (name, method, path, right, named) => {
      const body = fc.oneof(
        {
          weight: 3,
          arbitrary: almost(right).map((json) => ({ body: JSON.stringify(json), isBase64Encoded: false })),
        },
        { weight: 1, arbitrary: hostileBody },
      );
      const pathParameters = fc.option(
        fc.oneof(
          fc.constant(named),
          hostileText.map((id) => Object.fromEntries(Object.keys(named).map((key) => [key, id]))),
        ),
        { nil: undefined },
      );
      const event = fc
        .tuple(hostileEvent(`${method} ${path}`), body, pathParameters)
        .map(([made, sent, given]) => ({
          ...made,
          ...sent,
          ...(given && { pathParameters: given }),
        }));
      await assertAll(event, 150, async (made) => {
        const answer = await ask(name, made);
        expect(answer.statusCode).toBeLessThan(500);
        expectJson(answer);
        expectNothingOf(answer);
      });
      expect(logsOf(name).flatMap(toldBy)).toEqual([]);
      expect(logsOf(name).filter((line) => line.includes(MARK))).toEqual([]);
    },
  );

  it('that can’t be read costs nothing', async () => {
    const event = fc
      .tuple(hostileEvent('POST /checkout'), hostileBody)
      .map(([made, body]) => ({ ...made, ...body }));
    await ask('start-checkout', httpEvent('POST', 'POST /checkout'));
    test.forget();
    await assertAll(event, 200, async (made) => {
      expect((await ask('start-checkout', made)).statusCode).toBe(400);
    });
    expect(callsSince('start-checkout')).toEqual([]);
  });
});

describe('the webhook’s door', () => {
  const secret = (): string =>
    JSON.parse(test.stack.secrets.get(test.stack.secretId('StripeWebhook')) ?? '[]')[0] as string;
  const now = (): number => Math.floor(test.stack.clock.now() / 1000);
  const signed = (payload: string, over = {}) =>
    Stripe.webhooks.generateTestHeaderString({ payload, secret: secret(), timestamp: now(), ...over });
  const send = (body: string, signature: string) =>
    ask(
      'stripe-webhook',
      httpEvent('POST', '$default', { body, headers: { 'stripe-signature': signature } }),
    );
  const event = (over = {}) => ({
    id: 'evt_1',
    object: 'event',
    api_version: Stripe.API_VERSION,
    type: 'customer.created',
    created: 1_776_000_000,
    livemode: false,
    data: { object: { id: 'cus_1' } },
    ...over,
  });
  const queued = () => test.stack.calls.count({ functionName: 'stripe-webhook', service: 'sqs' });

  it('stays shut, and nothing is asked of anybody, whatever comes without a signature that fits', async () => {
    const fits = signed('{}');
    const part = fc.oneof(
      hostileText,
      fc.constantFrom('t', 't=', 'v1', 'v1=', 'v0=1', `t=${now()}`, 't=-1', 't=1e3', 't=NaN', '=', '==,'),
      fc.stringMatching(/^v1=[0-9a-f]{64}$/),
      fc.constantFrom(...fits.split(',')),
    );
    const header = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join(',')),
      // Very many, as one header or several that the gateway has joined.
      fc.nat({ max: 60 }).map((times) => `t=${now()},${`v1=${'0'.repeat(64)},`.repeat(times)}v1=`),
      fc.constantFrom(
        signed('{}', { secret: 'whsec_other' }),
        signed('{}', { timestamp: now() - 301 }),
        signed('{}', { timestamp: now() + 900 }),
        signed('{}', { scheme: 'v0' }),
        signed('{}').toUpperCase(),
      ),
    );
    await ask('stripe-webhook', httpEvent('POST', '$default'));
    test.forget();
    const headers = fc
      .tuple(hostileHeaders, fc.option(header, { nil: undefined }))
      .map(([others, given]) => ({
        headers: { ...others, ...(given === undefined ? {} : { 'stripe-signature': given }) },
      }));
    await assertAll(hostileEvent('$default', headers), 1_000, async (made) => {
      fc.pre(made.headers?.['stripe-signature'] !== fits);
      const answer = await ask('stripe-webhook', made);
      expect(answer.statusCode).toBe(400);
      expectJson(answer);
      expectNothingOf(answer);
    });
    expect(callsSince('stripe-webhook').filter((call) => !call.startsWith('secretsmanager'))).toEqual([]);
    expect(logsOf('stripe-webhook').flatMap(toldBy)).toEqual([]);
  });

  it.each([
    ['a character that SQS takes for none', '\uffff and \ufffe'],
    ['half a pair', '\ud83d and \ude00'],
    ['an emoji', 'Zoë 😀'],
    ['control characters', '\u0000\u001b[31m\u007f'],
    ['as much escaping as fits', '"\\'.repeat(40_000)],
  ])('takes an event in whose names there is %s', async (_, name) => {
    for (const write of [JSON.stringify, asciiJson]) {
      const body = write(event({ data: { object: { id: 'cus_1', name } } }));
      expect((await send(body, signed(body))).statusCode).toBe(200);
    }
    await test.stack.settled();
    expect((await test.stack.queue('events-dead-letters')).visible).toBe(0);
  });

  it.each(['id', 'type', 'api_version'])(
    'keeps an address out of the log that stands as the %s of an event',
    async (field) => {
      test.forget();
      const body = JSON.stringify(event({ [field]: 'https://pay.club.example@elsewhere.example/' }));
      expect((await send(body, signed(body))).statusCode).toBe(400);
      expect(queued()).toBe(0);
      expect(logsOf('stripe-webhook').flatMap(toldBy)).toEqual([]);
    },
  );

  it('lets nothing in that is signed and no event, and never breaks over it', async () => {
    const payload = fc.oneof(
      hostileText,
      hostileValue.map((value) => JSON.stringify(value)),
      almost(event()).map((value) => JSON.stringify(value)),
      fc.constantFrom(
        // As its event destinations send it, and as Windows saves it.
        JSON.stringify({ id: 'evt_1', object: 'v2.core.event', type: 'v1.billing.meter' }),
        `\ufeff${JSON.stringify(event())}`,
        '['.repeat(100_000),
      ),
    );
    await assertAll(payload, 150, async (body) => {
      const before = queued();
      const answer = await send(body, signed(body));
      expect([200, 400]).toContain(answer.statusCode);
      expect(queued() - before).toBe(answer.statusCode === 200 ? 1 : 0);
      expectNothingOf(answer);
    });
  });
});

/** As Stripe may write it as well: nothing but ASCII. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
