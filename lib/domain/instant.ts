/** As {@link Instant} of `ids.ts` has it; text, so that nothing here needs the schema. */
type Instant = string;

/**
 * Arithmetic on instants, without the schema: the Stripe adapter is loaded late and uses this, and a module that
 * is loaded late takes all that it imports out of the part of a bundle that esbuild can flatten and trim.
 */
export const instant = (epochMs: number): Instant => new Date(epochMs).toISOString();
export const epochMs = (at: Instant): number => Date.parse(at);
export const instantAfter = (at: Instant, ms: number): Instant => instant(epochMs(at) + ms);
