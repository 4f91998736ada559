import Stripe from 'stripe';
import { InvalidInput } from '../../domain/errors.ts';
import { epochMs, type Instant } from '../../domain/ids.ts';

/** As which events are read: that of the library, whose types they have. An endpoint is made with it. */
export const webhookApiVersion = (): string => Stripe.API_VERSION;

/** How old a signature may be, and how far ahead of our clock, in seconds. */
const TOLERANCE_SECONDS = 300;

/**
 * Checks Stripe's signature over the raw bytes with each of the secrets: during a rotation two are valid.
 * The SDK accepts any time in the future, so that side is checked here.
 * @throws {InvalidInput} without saying which check failed
 * @see https://docs.stripe.com/webhooks#verify-manually
 */
export const verifyStripeSignature = (
  signed: { rawBody: Uint8Array; signature: string },
  secrets: readonly string[],
  now: Instant,
): void => {
  const receivedAtMs = epochMs(now);
  // Where there are several, the SDK takes the last.
  const signedAtSeconds = Number(/^(?:.*,)?t=(\d+)/s.exec(signed.signature)?.[1]);
  const fromTheFuture = signedAtSeconds - receivedAtMs / 1000 > TOLERANCE_SECONDS;
  if (fromTheFuture || !secrets.some((secret) => verifies(signed, secret, receivedAtMs))) {
    throw new InvalidInput('The Stripe signature does not fit this body.');
  }
};

const verifies = (
  { rawBody, signature }: { rawBody: Uint8Array; signature: string },
  secret: string,
  receivedAtMs: number,
): boolean => {
  try {
    Stripe.webhooks.constructEvent(
      Buffer.from(rawBody),
      signature,
      secret,
      TOLERANCE_SECONDS,
      undefined,
      receivedAtMs,
    );
    return true;
  } catch {
    // Whatever it is: the SDK has no class of error for a signature that is empty, for a body that is no JSON, or for
    // one that it takes for a notification of another kind.
    return false;
  }
};
