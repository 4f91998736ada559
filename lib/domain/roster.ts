import * as z from 'zod/mini';
import { ProductCategory } from './category.ts';
import { FamilyId, Instant, ParentId, PlayerId, ProductId } from './ids.ts';
import { Money } from './money.ts';

export const Language = z.enum(['en', 'es']);
export type Language = z.infer<typeof Language>;

export const Contract = z.object({
  state: z.enum(['unsigned', 'signed', 'ended']),
  /** Where the family signs; a page can only say so if the club gave it. */
  signUrl: z.nullable(z.string()),
});
export type Contract = z.infer<typeof Contract>;

export const Player = z.object({
  playerId: PlayerId,
  familyId: FamilyId,
  name: z.string(),
  contract: Contract,
});
export type Player = z.infer<typeof Player>;

export const Parent = z.object({ parentId: ParentId, name: z.string(), addresses: z.array(z.string()) });
export type Parent = z.infer<typeof Parent>;

export const Family = z.object({ familyId: FamilyId, language: Language, parents: z.array(Parent) });
export type Family = z.infer<typeof Family>;

/** What is known of one e-mail address, whoever's it is. An address without a row is in good standing. */
export const AddressStanding = z.object({
  address: z.string(),
  /** A hard bounce or a complaint: nothing is sent there any more. */
  suppressed: z.nullable(z.object({ reason: z.enum(['bounced', 'complained', 'manual']), at: Instant })),
  /** Reminders are stopped; a fee notice itself still arrives. */
  unsubscribedAt: z.nullable(Instant),
});
export type AddressStanding = z.infer<typeof AddressStanding>;

export const Product = z.object({
  productId: ProductId,
  category: ProductCategory,
  /** "Utah Invitational": what families read in the mail and at Stripe. */
  name: z.string(),
  /** One more line at Stripe: dates, place, what is included. */
  description: z.nullable(z.string()),
  /** The product in Stripe's catalogue, where the club keeps one; otherwise it is described inline. */
  stripeProductId: z.nullable(z.string()),
  /** What a later monthly fee is, for the consent text beside a saved card: "on the 1st of each month, …". */
  laterCharges: z.nullable(z.string()),
  /** The price for somebody who starts a checkout without an order; null where orders carry the amounts. */
  price: z.nullable(Money),
});
export type Product = z.infer<typeof Product>;

/** One address in the form in which two spellings of it are one: trimmed, in lower case. */
export const normalizeAddress = (address: string): string => address.trim().toLowerCase();

/** Every address of a family, once each, in a stable sequence. */
export const addressesOf = (family: Family): string[] => [
  ...new Set(
    family.parents.flatMap((parent) => parent.addresses.map(normalizeAddress)).filter((a) => a !== ''),
  ),
];
