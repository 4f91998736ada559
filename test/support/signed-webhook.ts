import Stripe from 'stripe';
import type { LocalStack } from '../../infra/local/runner.ts';

/** Sends an event as Stripe does, signed now. Resolves to the status of the answer. */
export const postSigned = async (stack: LocalStack, event: object): Promise<number> => {
  const stored = stack.secrets.get(stack.secretId('StripeWebhook')) ?? '[]';
  const [secret = ''] = JSON.parse(stored) as string[];
  const payload = JSON.stringify(event, null, 2);
  const timestamp = Math.floor(stack.clock.now() / 1_000);
  const answer = await fetch(stack.webhookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
    },
    body: payload,
  });
  await answer.arrayBuffer();
  return answer.status;
};
