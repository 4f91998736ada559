import type Stripe from 'stripe';
import { emptyable, params, required, text } from '../validation/params.ts';

/** Texts of ours on Stripe's page: above the button, next to it, after it. */
export type CustomText = {
  after_submit?: '' | { message: string };
  shipping_address?: '' | { message: string };
  submit?: '' | { message: string };
  terms_of_service_acceptance?: '' | { message: string };
};

/** In characters. @see https://docs.stripe.com/payments/checkout/customization/policies */
const MAX_MESSAGE = 1_200;

const message = () =>
  emptyable(
    params<Stripe.PaymentLinkCreateParams.CustomText.Submit>()({
      message: required(text({ max: MAX_MESSAGE })),
    }),
  );

/** The same for links and sessions. */
export const customTextParams = params<Stripe.PaymentLinkCreateParams.CustomText>()({
  after_submit: message(),
  shipping_address: message(),
  submit: message(),
  terms_of_service_acceptance: message(),
});

export const customText = (input: CustomText | undefined): Stripe.PaymentLink.CustomText =>
  mergeCustomText(
    { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    input,
  );

export const mergeCustomText = (
  before: Stripe.PaymentLink.CustomText,
  change: CustomText | undefined,
): Stripe.PaymentLink.CustomText => ({
  after_submit: change?.after_submit === undefined ? before.after_submit : change.after_submit || null,
  shipping_address:
    change?.shipping_address === undefined ? before.shipping_address : change.shipping_address || null,
  submit: change?.submit === undefined ? before.submit : change.submit || null,
  terms_of_service_acceptance:
    change?.terms_of_service_acceptance === undefined
      ? before.terms_of_service_acceptance
      : change.terms_of_service_acceptance || null,
});
