import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { clientOf, DAY_MS, linkParams, refusalOf, STARTS_AT, simulate } from './harness.ts';

describe('the API', () => {
  test('refuses a key that it does not know, and does not repeat it', async () => {
    const { simulator } = await simulate({ apiKeys: ['sk_test_right', 'rk_test_also'] });
    const client = (key: string) =>
      new Stripe(key, { host: simulator.host, port: simulator.port, protocol: 'http', maxNetworkRetries: 0 });
    const error = await refusalOf(client('sk_test_wrongwrongwrong1234').balance.retrieve());

    expect(error).toMatchObject({ statusCode: 401, type: 'StripeAuthenticationError' });
    expect(error.message).toBe('Invalid API Key provided: sk_test_***************1234');
    await expect(client('rk_test_also').balance.retrieve()).resolves.toBeDefined();
    expect((await fetch(`${simulator.url}/v1/balance`)).status).toBe(401);
  });

  test('speaks one version, the one that the client library is made for', async () => {
    const { simulator } = await simulate();
    const get = (version: string) =>
      fetch(`${simulator.url}/v1/balance`, {
        headers: { authorization: `Bearer ${simulator.apiKey}`, 'stripe-version': version },
      });
    expect((await get('2026-10-28.endive')).status).toBe(200);
    expect((await get('2020-08-27')).status).toBe(400);
  });

  test('answers an unknown id with 404 and an unknown path as well', async () => {
    const { stripe, simulator } = await simulate();
    for (const lookUp of [
      stripe.paymentLinks.retrieve('plink_x'),
      stripe.paymentLinks.update('plink_x', { active: false }),
      stripe.checkout.sessions.retrieve('cs_test_x'),
      stripe.checkout.sessions.expire('cs_test_x'),
      stripe.paymentIntents.retrieve('pi_x'),
      stripe.charges.retrieve('ch_x'),
      stripe.refunds.retrieve('re_x'),
      stripe.disputes.retrieve('du_x'),
      stripe.events.retrieve('evt_x'),
      stripe.customers.retrieve('cus_x'),
      stripe.products.retrieve('prod_x'),
      stripe.prices.retrieve('price_x'),
      stripe.paymentMethods.retrieve('pm_x'),
    ]) {
      expect(await refusalOf(lookUp)).toMatchObject({
        statusCode: 404,
        code: 'resource_missing',
        param: 'id',
      });
    }
    const unknown = await fetch(`${simulator.url}/v1/nothing`, {
      headers: { authorization: `Bearer ${simulator.apiKey}` },
    });
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('request-id')).toMatch(/^req_/);
  });

  test('expands ids into objects, also inside lists, and refuses what is none', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create({ ...linkParams(), expand: ['line_items'] });
    expect(link.line_items?.data).toHaveLength(1);
    await visitor.pay(link.url);
    const [session] = (
      await stripe.checkout.sessions.list({
        expand: ['data.payment_intent.latest_charge.balance_transaction', 'data.payment_link'],
      })
    ).data;
    expect(session).toMatchObject({
      payment_link: { id: link.id },
      payment_intent: { latest_charge: { balance_transaction: { object: 'balance_transaction', fee: 175 } } },
    });
    const wrong = stripe.paymentLinks.retrieve(link.id, { expand: ['currency'] });
    expect(await refusalOf(wrong)).toMatchObject({ statusCode: 400 });
  });

  test('pages through lists, newest first, in both directions', async () => {
    const { stripe } = await simulate();
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) ids.unshift((await stripe.products.create({ name: `Product ${i}` })).id);
    const page = async (params: Stripe.ProductListParams) => {
      const list = await stripe.products.list(params);
      return { ids: list.data.map(({ id }) => id), more: list.has_more };
    };

    expect(await page({})).toEqual({ ids: ids.slice(0, 10), more: true });
    expect(await page({ limit: 12 })).toEqual({ ids, more: false });
    expect(await page({ limit: 3, starting_after: ids[2] ?? '' })).toEqual({
      ids: ids.slice(3, 6),
      more: true,
    });
    expect(await page({ starting_after: ids[10] ?? '' })).toEqual({ ids: [ids[11]], more: false });
    expect(await page({ limit: 3, ending_before: ids[6] ?? '' })).toEqual({
      ids: ids.slice(3, 6),
      more: true,
    });
    expect(await page({ ending_before: ids[2] ?? '' })).toEqual({ ids: ids.slice(0, 2), more: false });
    expect(
      (await stripe.products.list({ limit: 5 }).autoPagingToArray({ limit: 100 })).map(({ id }) => id),
    ).toEqual(ids);

    expect(await refusalOf(stripe.products.list({ limit: 101 }))).toMatchObject({
      statusCode: 400,
      param: 'limit',
    });
    expect(await refusalOf(stripe.products.list({ starting_after: 'prod_x' }))).toMatchObject({
      statusCode: 400,
      param: 'starting_after',
    });
  });

  test('lists events of the last thirty days, by type and time', async () => {
    const { stripe, advance } = await simulate();
    await stripe.products.create({ name: 'Old' });
    await advance(DAY_MS);
    await stripe.customers.create({ email: 'new@example.com' });
    const types = async (params: Stripe.EventListParams = {}) =>
      (await stripe.events.list(params)).data.map(({ type }) => type);

    expect(await types()).toEqual(['customer.created', 'product.created']);
    expect(await types({ type: 'product.*' })).toEqual(['product.created']);
    expect(await types({ types: ['customer.created', 'charge.refunded'] })).toEqual(['customer.created']);
    expect(await types({ created: { gte: STARTS_AT + 1 } })).toEqual(['customer.created']);
    await advance(29 * DAY_MS);
    expect(await types()).toEqual(['customer.created', 'product.created']);
    await advance(1_000);
    expect(await types()).toEqual(['customer.created']);
  });

  test('sells a price of the catalogue, but not one that was retired', async () => {
    const { stripe } = await simulate();
    const product = await stripe.products.create({ name: 'Jersey' });
    const price = await stripe.prices.create({ product: product.id, currency: 'jpy', unit_amount: 5_000 });
    const params = { line_items: [{ price: price.id, quantity: 2 }] };
    const link = await stripe.paymentLinks.create(params);
    expect((await visitor.open(link.url)).text).toContain('¥10,000');
    await stripe.prices.update(price.id, { active: false });
    expect(await refusalOf(stripe.paymentLinks.create(params))).toMatchObject({ statusCode: 400 });
  });

  test('gives the same ids to the same calls', async () => {
    const idOf = async (seed?: string) => {
      const { stripe } = await simulate(seed === undefined ? {} : { seed });
      return (await stripe.paymentLinks.create(linkParams())).id;
    };
    expect(await idOf()).toBe(await idOf());
    expect(await idOf('other')).not.toBe(await idOf());
  });

  test('can be driven by a client that retries, as production does', async () => {
    const { simulator } = await simulate();
    simulator.faults.before('POST /v1/payment_links', { status: 503 });
    const link = await clientOf(simulator, { maxNetworkRetries: 2 }).paymentLinks.create(linkParams());
    expect(link.active).toBe(true);
    expect(simulator.requests.map(({ status }) => status)).toEqual([503, 200]);
    simulator.clearRequests();
    expect(simulator.requests).toHaveLength(0);
  });
});
