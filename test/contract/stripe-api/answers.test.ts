import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENDPOINTS } from '../../../infra/local/stripe/api/endpoints.ts';
import { type StripeSimulator, startStripeSimulator } from '../../../infra/local/stripe/simulator.ts';
import { type Exchange, type RecordingProxy, startRecordingProxy } from '../../support/recording-proxy.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { answersTour } from './answers.ts';
import { readDescription } from './description.ts';
import { operationOf } from './paths.ts';
import { unlikeSample } from './sample.ts';

/**
 * All that the simulator answers, beside what Stripe's own `stripe-mock` answers to the same requests, and beside
 * Stripe's description of its API: `npm run test:contract -- --stripe-mock <url> --stripe-openapi <file>`.
 */

/** Where stripe-mock gives a field and the simulator does not, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'balance.connect_reserved is missing': 'only of platforms with connected accounts',
  'charge.refunds is missing':
    'only where it is expanded, since version 2022-11-15; stripe-mock always gives it',
  'charge.payment_method_details.card is missing': 'of a charge that was a bank debit',
  'payment_method.card is missing': 'of a method that is a bank account',
  'payment_link.after_completion.hosted_confirmation is missing': 'of a link that leads elsewhere instead',
};

const NEWER =
  'of version 2026-10-28.endive, that of our stripe package; the description is of 2026-08-26.dahlia';
const FOR_LIBRARIES =
  "in the description that Stripe makes its libraries from, and so in our package's types; not in the public one";

/** What the types of our `stripe` package have and the description that comes with stripe-mock 0.203.0 does not, and why. */
const notDescribed: Readonly<Record<string, string>> = {
  'charge.payment_method_details.card.electronic_commerce_indicator is unknown': NEWER,
  'charge.source is unknown': FOR_LIBRARIES,
  'checkout.session.allowed_payment_method_types is unknown': NEWER,
  'dispute.evidence_details.submission_method is unknown': FOR_LIBRARIES,
  'dispute.intended_submission_method is unknown': FOR_LIBRARIES,
  'payment_intent.payment_record is unknown': NEWER,
  'payment_intent.source is unknown': FOR_LIBRARIES,
  'product.tax_details is unknown': FOR_LIBRARIES,
  'product.type is unknown': FOR_LIBRARIES,
};

let nowMs = Date.parse('2026-04-14T15:00:00.000Z');
let simulator: StripeSimulator;
let proxy: RecordingProxy;
let answered: readonly Exchange[];

beforeAll(async () => {
  simulator = await startStripeSimulator({ now: () => nowMs });
  proxy = await startRecordingProxy(simulator.url);
  await answersTour(simulator, stripeAt({ ...proxy, apiKey: simulator.apiKey }), async (ms) => {
    nowMs += ms;
    await simulator.tick();
  });
  answered = proxy.exchanges.filter(({ status }) => status === 200);
});
afterAll(async () => {
  await proxy.stop();
  await simulator.stop();
});

const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

test('every operation of the simulator is asked for, and answers', () => {
  expect(sorted(answered.map(operationOf))).toEqual(
    sorted(ENDPOINTS.map(({ method, path }) => `${method} ${path}`)),
  );
});

const { STRIPE_MOCK_URL: stripeMockUrl, STRIPE_OPENAPI_FILE: descriptionFile } = process.env;

describe.each(stripeMockUrl === undefined ? [] : [stripeMockUrl])('beside stripe-mock at %s', (url) => {
  const ask = async ({
    method,
    path,
    query,
    body,
  }: Exchange): Promise<{ status: number; answer: unknown }> => {
    const response = await fetch(`${url}${path}?${query}`, {
      method,
      headers: {
        authorization: 'Bearer sk_test_contract',
        'content-type': 'application/x-www-form-urlencoded',
      },
      ...(method !== 'GET' && { body }),
    });
    return { status: response.status, answer: await response.json() };
  };

  test('what the simulator takes, Stripe takes; and what it answers has all that Stripe answers', async () => {
    const refused: unknown[] = [];
    const differences: string[] = [];
    for (const exchange of answered) {
      const { status, answer } = await ask(exchange);
      if (status !== 200) refused.push([operationOf(exchange), exchange.params, answer]);
      else differences.push(...unlikeSample(answer, exchange.answer));
    }
    expect(refused).toEqual([]);
    expect(sorted(differences)).toEqual(sorted(Object.keys(leftOut)));
  });
});

describe.each(descriptionFile === undefined ? [] : [descriptionFile])('beside %s', (file) => {
  const description = readDescription(file);

  test('answers and refusals have no other fields and values than are described', () => {
    const differences = proxy.exchanges.flatMap((exchange) =>
      description.unlikeAnswer(operationOf(exchange), exchange.status, exchange.answer),
    );
    expect(sorted(differences)).toEqual(sorted(Object.keys(notDescribed)));
  });

  test('nor have the objects in events', () => {
    const differences = simulator.objects.events.flatMap(({ data }) => description.unlikeObject(data.object));
    expect(simulator.objects.events.length).toBeGreaterThan(50);
    expect(differences.filter((difference) => !(difference in notDescribed))).toEqual([]);
  });
});
