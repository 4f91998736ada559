import * as v from 'valibot';
import { AccountSums, OrderAccount } from './account.ts';
import { Language } from './roster.ts';
import { StoryLine } from './story.ts';

/** What is answered to whoever asks about an order, a family or a product. Holds names and addresses: never logged. */

/** Beside what it comes to, the names that people know it by; null where the roster lacks them. */
export const NamedAccount = v.object({
  ...OrderAccount.entries,
  productName: v.nullable(v.string()),
  playerName: v.nullable(v.string()),
});
export type NamedAccount = v.InferOutput<typeof NamedAccount>;

const Parents = v.array(v.object({ name: v.string(), addresses: v.array(v.string()) }));

/** The clocks that a person of the club reads. */
const timeZone = v.string();

export const OrderStory = v.object({
  account: NamedAccount,
  /** Where nothing else stands in the way, a click asks to sign the contract first. */
  contractMissing: v.boolean(),
  parents: Parents,
  /** Where the mails about it lead. */
  payUrl: v.string(),
  story: v.array(StoryLine),
  timeZone,
});
export type OrderStory = v.InferOutput<typeof OrderStory>;

export const FamilyStatement = v.object({
  familyId: v.string(),
  language: v.nullable(Language),
  parents: Parents,
  /** Of all its children, in sequence of their names. */
  accounts: v.array(NamedAccount),
  sums: AccountSums,
  timeZone,
});
export type FamilyStatement = v.InferOutput<typeof FamilyStatement>;

/** Of a product the orders that are not paid: owed, on their way, or waiting for a person. */
export const UnpaidPage = v.object({
  productName: v.string(),
  orders: v.array(v.object({ ...NamedAccount.entries, parents: v.array(v.string()) })),
  /** How many orders were looked at for it. */
  looked: v.number(),
  /** Where to go on; null at the end. */
  next: v.nullable(v.string()),
});
export type UnpaidPage = v.InferOutput<typeof UnpaidPage>;
export type UnpaidOrder = UnpaidPage['orders'][number];

export const nearKinds = ['order', 'product', 'family'] as const;
export type NearKind = (typeof nearKinds)[number];
export const NearestIds = v.object({ ids: v.array(v.string()) });
export type NearestIds = v.InferOutput<typeof NearestIds>;
