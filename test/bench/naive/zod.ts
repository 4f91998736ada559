import type * as z from 'zod';

/**
 * The whole of zod in the place of its small edition: the same names, and two that only the small one has as
 * functions.
 */
export * from 'zod';

export const catchall = (object: z.ZodObject, rest: z.ZodType): z.ZodType => object.catchall(rest);
export const omit = (object: z.ZodObject, mask: Record<string, true>): z.ZodType => object.omit(mask);
