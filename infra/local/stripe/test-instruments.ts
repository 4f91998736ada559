/** What an issuer or a bank answers: it pays, it wants the payer to authenticate, or it refuses with a code. */
export type IssuerAnswer = 'pays' | 'authenticate' | Decline;

export type Decline =
  | 'generic_decline'
  | 'insufficient_funds'
  | 'lost_card'
  | 'expired_card'
  | 'incorrect_cvc'
  | 'processing_error';

/** How a test card or a test bank account behaves. */
export type TestInstrument = {
  readonly kind: 'card' | 'us_bank_account';
  readonly last4: string;
  readonly brand: 'visa' | 'mastercard' | 'amex';
  /** With the payer in front of the page. */
  readonly onSession: IssuerAnswer;
  /** With a saved method and nobody there. */
  readonly offSession: IssuerAnswer;
  /** How a refund goes: at once, later, or first well and later not. */
  readonly refund: 'succeeds' | 'succeeds_later' | 'fails_later';
  /** The holder disputes every payment at once. */
  readonly disputes: boolean;
  /** Of a debit, when it is due. */
  readonly settles: 'succeeded' | 'failed';
};

const card = (number: string, behaviour: Partial<TestInstrument> = {}): TestInstrument => ({
  kind: 'card',
  last4: number.slice(-4),
  brand: number.startsWith('5') ? 'mastercard' : number.startsWith('3') ? 'amex' : 'visa',
  onSession: 'pays',
  // A card that the issuer refuses to the payer's face is no better when nobody is there.
  offSession: behaviour.onSession ?? 'pays',
  refund: 'succeeds',
  disputes: false,
  settles: 'succeeded',
  ...behaviour,
});

const declined = (number: string, answer: Decline): TestInstrument => card(number, { onSession: answer });

/** By number without spaces. @see https://docs.stripe.com/testing */
export const TEST_CARDS: Readonly<Record<string, TestInstrument>> = {
  '4242424242424242': card('4242424242424242'),
  '5555555555554444': card('5555555555554444'),
  '378282246310005': card('378282246310005'),
  '4000000000000002': declined('4000000000000002', 'generic_decline'),
  '4000000000009995': declined('4000000000009995', 'insufficient_funds'),
  '4000000000009987': declined('4000000000009987', 'lost_card'),
  '4000000000000069': declined('4000000000000069', 'expired_card'),
  '4000000000000127': declined('4000000000000127', 'incorrect_cvc'),
  '4000000000000119': declined('4000000000000119', 'processing_error'),
  // Can be saved and charged on the page, and is refused later.
  '4000000000000341': card('4000000000000341', { offSession: 'generic_decline' }),
  // Authenticates once; set up for later use, it is then charged without.
  '4000002500003155': card('4000002500003155', { onSession: 'authenticate', offSession: 'pays' }),
  '4000002760003184': card('4000002760003184', { onSession: 'authenticate', offSession: 'authenticate' }),
  '4000000000000259': card('4000000000000259', { disputes: true }),
  '4000000000007726': card('4000000000007726', { refund: 'succeeds_later' }),
  '4000000000005126': card('4000000000005126', { refund: 'fails_later' }),
};

/** Stripe's ready-made payment methods, for paying without a page. */
export const TEST_PAYMENT_METHODS: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_visa_chargeDeclined: '4000000000000002',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_chargeCustomerFail: '4000000000000341',
  pm_card_authenticationRequired: '4000002760003184',
  pm_card_createDispute: '4000000000000259',
  pm_card_pendingRefund: '4000000000007726',
  pm_card_refundFail: '4000000000005126',
};

const bankAccount = (number: string, settles: 'succeeded' | 'failed'): TestInstrument => ({
  ...card(number),
  kind: 'us_bank_account',
  settles,
  refund: 'succeeds_later',
});

/** By account number, all with the routing number 110000000. @see https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers */
export const TEST_BANK_ACCOUNTS: Readonly<Record<string, TestInstrument>> = {
  '000123456789': bankAccount('000123456789', 'succeeded'),
  '000111111116': bankAccount('000111111116', 'failed'),
  '000222222227': bankAccount('000222222227', 'failed'),
};

/** What the payer reads. @see https://docs.stripe.com/declines/codes */
export const DECLINE_MESSAGES: Readonly<Record<Decline, string>> = {
  generic_decline: 'Your card was declined.',
  insufficient_funds: 'Your card has insufficient funds.',
  lost_card: 'Your card was declined.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
};

/** `code` of the error; what the issuer said is its `decline_code`. */
export const declineCode = (decline: Decline): string =>
  decline === 'expired_card' || decline === 'incorrect_cvc' || decline === 'processing_error'
    ? decline
    : 'card_declined';
