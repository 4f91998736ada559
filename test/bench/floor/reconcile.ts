import { get, put, query, set, tables } from './sdk/dynamodb.ts';
import { stripe } from './sdk/stripe.ts';

/** Of what was shown under a hash, with one finding that is settled by then: Stripe is asked for nothing. */
export const handler = async ({ hash }: { hash: string }) => {
  const named = { pk: `findings#${hash}`, sk: 'run' };
  const { runId } = (await get(tables.plans, named)) ?? {};
  const run = { pk: `run#${runId}`, sk: 'run' };
  const findings = { pk: `run#${runId}#findings` };
  await get(tables.plans, run);
  await set(tables.plans, run, { phase: 'repair' });
  await get(tables.plans, run);
  await set(tables.plans, run, { lease: 'mine' });
  for (const { sk, finding } of await query(tables.plans, findings)) {
    const { orderId, kind } = finding as { orderId: string; kind: string };
    const order = await get(tables.orders, { pk: `order#${orderId}` });
    await get(tables.orders, { pk: `order#${orderId}` });
    if (kind === 'inactive_surface') await (await stripe()).paymentLinks.retrieve(String(order?.sk));
    await set(tables.plans, { ...findings, sk: String(sk) }, { result: 'known' });
  }
  await query(tables.plans, findings);
  await put(tables.plans, { ...named, runId });
  await set(tables.plans, run, { lease: null });
  return { ok: true };
};
