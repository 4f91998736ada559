import * as v from 'valibot';

const categories = ['tournament', 'monthly', 'jersey', 'tryout', 'generic'] as const;
export const ProductCategory = v.picklist(categories);
export type ProductCategory = v.InferOutput<typeof ProductCategory>;

export type CategoryPolicy = {
  /** The Stripe object that a parent pays on. */
  surface: 'payment_link' | 'checkout_session';
  /** A paid order's link is deactivated, so that it can't be paid again. Sessions end by themselves. */
  deactivateLinkWhenPaid: boolean;
  /** Keeps the card for later fees (`setup_future_usage: off_session`) and always creates the customer. */
  saveCard: boolean;
  /** A click asks the roster whether the player's contract is still signed. */
  contractCheckedOnClick: boolean;
  /** Which of our URLs a mail carries. */
  mailedPath: 'pay' | 'first-payment';
  /** Which mail asks for it. */
  mailTemplate: 'payment-request' | 'monthly-fee';
};

/**
 * The one place where product categories differ. A new category does not compile until its row stands here,
 * and no code elsewhere asks for a category by name.
 */
export const categoryPolicy = {
  tournament: {
    surface: 'payment_link',
    deactivateLinkWhenPaid: true,
    saveCard: false,
    contractCheckedOnClick: false,
    mailedPath: 'pay',
    mailTemplate: 'payment-request',
  },
  monthly: {
    surface: 'payment_link',
    deactivateLinkWhenPaid: true,
    saveCard: true,
    contractCheckedOnClick: true,
    mailedPath: 'first-payment',
    mailTemplate: 'monthly-fee',
  },
  jersey: {
    surface: 'checkout_session',
    deactivateLinkWhenPaid: false,
    saveCard: false,
    contractCheckedOnClick: false,
    mailedPath: 'pay',
    mailTemplate: 'payment-request',
  },
  tryout: {
    surface: 'checkout_session',
    deactivateLinkWhenPaid: false,
    saveCard: false,
    contractCheckedOnClick: false,
    mailedPath: 'pay',
    mailTemplate: 'payment-request',
  },
  generic: {
    surface: 'checkout_session',
    deactivateLinkWhenPaid: false,
    saveCard: false,
    contractCheckedOnClick: false,
    mailedPath: 'pay',
    mailTemplate: 'payment-request',
  },
} as const satisfies Record<ProductCategory, CategoryPolicy>;

export const policyOf = (category: ProductCategory): CategoryPolicy => categoryPolicy[category];
