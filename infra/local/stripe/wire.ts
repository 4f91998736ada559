import type Stripe from 'stripe';

/**
 * An object as it travels over HTTP when nothing is expanded: wherever the SDK's type allows an id or an object,
 * the id. (`Stripe.Decimal` is a string on the wire; the SDK wraps it.)
 */
export type Wire<T> = {
  [K in keyof T]: string extends T[K]
    ? Exclude<T[K], { id: string }>
    : Extract<T[K], Stripe.Decimal> extends never
      ? T[K]
      : Exclude<T[K], Stripe.Decimal> | string;
};

export type ListOf<T> = {
  object: 'list';
  url: string;
  has_more: boolean;
  data: T[];
};

export type JsonObject = { [key: string]: unknown };
