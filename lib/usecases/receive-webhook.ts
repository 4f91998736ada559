import * as v from 'valibot';
import { InvalidInput } from '../domain/errors.ts';
import { StripeId } from '../domain/ids.ts';
import { EventType } from '../domain/payment-notice.ts';
import type { Deps } from './deps.ts';

/** An SQS message carries 1 MiB at most, in which escaping may have trebled the body; Stripe's events are a few KiB. */
export const MAX_WEBHOOK_BYTES = 200 * 1024;

/** What is logged of an event: checked, so that no other text gets into a log. */
const EventHead = v.object({
  id: StripeId,
  type: EventType,
  api_version: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/))), null),
});

/**
 * Takes in a webhook: acknowledged only once it is durably queued.
 * @throws {InvalidInput} unsigned, stale, too large, or not an event: nothing was queued
 * @throws {StoreUnavailable} not queued: Stripe sends it again
 */
export const receiveWebhook = async (
  input: { rawBody: Uint8Array; signature: string | undefined },
  deps: Pick<Deps, 'verifySignature' | 'eventQueue' | 'log' | 'apiVersion'>,
): Promise<void> => {
  if (input.signature === undefined) throw new InvalidInput('The Stripe-Signature header is missing.');
  if (input.rawBody.byteLength > MAX_WEBHOOK_BYTES) {
    throw new InvalidInput(`The body is larger than ${MAX_WEBHOOK_BYTES} bytes.`);
  }
  await deps
    .verifySignature({ rawBody: input.rawBody, signature: input.signature })
    .catch((error: unknown) => {
      if (error instanceof InvalidInput) deps.log('webhook.refused', { why: 'signature' });
      throw error;
    });
  // As the signature was checked: a byte order mark is no part of the text.
  const body = new TextDecoder().decode(input.rawBody);
  const head = v.safeParse(EventHead, parseJson(body));
  if (!head.success) throw new InvalidInput('The body is not a Stripe event.');
  const { api_version: version } = head.output;
  if (version !== deps.apiVersion) {
    // Taken all the same: what we read has seldom changed, and a payment must not be lost over it.
    deps.log('webhook.other_version', { eventId: head.output.id, version, reads: deps.apiVersion });
  }
  await deps.eventQueue.send([{ eventId: head.output.id, type: head.output.type, body }]);
  deps.log('webhook.queued', { eventId: head.output.id, type: head.output.type });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
