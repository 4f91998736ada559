import { domainToASCII } from 'node:url';
import * as v from 'valibot';
import { ProductCategory, policyOf } from './category.ts';
import { FamilyId, Instant, ParentId, PlayerId, ProductId } from './ids.ts';
import { Integer } from './integer.ts';
import { Money } from './money.ts';

export const Language = v.picklist(['en', 'es']);
export type Language = v.InferOutput<typeof Language>;

export const Contract = v.object({
  state: v.picklist(['unsigned', 'signed', 'ended']),
  /** Where the family signs; a page can only say so if the club gave it. */
  signUrl: v.nullable(v.string()),
  /** Since when its state is that; absent where nobody has said so since it was first written down. */
  changedAt: v.exactOptional(Instant),
});
export type Contract = v.InferOutput<typeof Contract>;

export const Player = v.object({
  playerId: PlayerId,
  familyId: FamilyId,
  /** Of one that was forgotten its id. */
  name: v.string(),
  contract: Contract,
  forgottenAt: v.exactOptional(Instant),
});
export type Player = v.InferOutput<typeof Player>;

/** Whether the link of an order leads to the page that asks to sign, and not to a payment. */
export const contractMissing = (
  { category }: { category: ProductCategory },
  contract: Contract | undefined,
): boolean => policyOf(category).contractCheckedOnClick && contract?.state !== 'signed';

export const Parent = v.object({ parentId: ParentId, name: v.string(), addresses: v.array(v.string()) });
export type Parent = v.InferOutput<typeof Parent>;

export const Family = v.object({
  familyId: FamilyId,
  language: Language,
  parents: v.array(Parent),
  /** That nothing of who they are is kept any more, and who saw to that. Gone as soon as it is written with parents again. */
  forgotten: v.exactOptional(
    v.object({
      at: Instant,
      actor: v.string(),
      reason: v.string(),
      /** The hash of what was shown before. */
      shown: v.string(),
    }),
  ),
  /** Counts saves; each is conditional on the one that was read. Absent where nobody has saved it yet. */
  revision: v.exactOptional(Integer),
});
export type Family = v.InferOutput<typeof Family>;

/** What is known of one e-mail address, whoever's it is. An address without a row is in good standing. */
export const AddressStanding = v.object({
  address: v.string(),
  /** A hard bounce or a complaint: nothing is sent there any more. */
  suppressed: v.nullable(v.object({ reason: v.picklist(['bounced', 'complained', 'manual']), at: Instant })),
  /** Reminders are stopped; a fee notice itself still arrives. */
  unsubscribedAt: v.nullable(Instant),
});
export type AddressStanding = v.InferOutput<typeof AddressStanding>;

export const Product = v.object({
  productId: ProductId,
  category: ProductCategory,
  /** "Utah Invitational": what families read in the mail and at Stripe. */
  name: v.string(),
  /** One more line at Stripe: dates, place, what is included. */
  description: v.nullable(v.string()),
  /** The product in Stripe's catalogue, where the club keeps one; otherwise it is described inline. */
  stripeProductId: v.nullable(v.string()),
  /** What a later monthly fee is, for the consent text beside a saved card: "on the 1st of each month, …". */
  laterCharges: v.nullable(v.string()),
  /** The price for somebody who starts a checkout without an order; null where orders carry the amounts. */
  price: v.nullable(Money),
  /** As of a family. */
  revision: v.exactOptional(Integer),
});
export type Product = v.InferOutput<typeof Product>;

/** One address in the form in which two spellings of it are one: trimmed, in lower case, its domain in ASCII. */
export const normalizeAddress = (address: string): string => {
  const plain = address.trim().toLowerCase();
  const at = plain.lastIndexOf('@');
  const ascii = at === -1 ? '' : asciiDomain(plain.slice(at + 1));
  return ascii === '' ? plain : plain.slice(0, at + 1) + ascii;
};

/**
 * Empty for what is no domain, and for one that is ASCII already, whose addresses are stored under their keys. Node
 * reads a domain as a URL's: it would drop a line break, and whatever follows a slash.
 */
const asciiDomain = (domain: string): string =>
  /[^\x20-\x7e]/.test(domain) && /^[\p{L}\p{M}\p{N}.。-]+$/u.test(domain) ? domainToASCII(domain) : '';

/** Every address of a family, once each, in a stable sequence. */
export const addressesOf = (family: Family): string[] => [
  ...new Set(
    family.parents.flatMap((parent) => parent.addresses.map(normalizeAddress)).filter((a) => a !== ''),
  ),
];
