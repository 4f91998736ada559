/** The functions of the deployment, by how they are called. */
export type FunctionName =
  | 'first-payment'
  | 'start-checkout'
  | 'mint-link'
  | 'stripe-webhook'
  | 'fulfil-payment'
  | 'retire-link'
  | 'send-blast'
  | 'ses-feedback'
  | 'unsubscribe'
  | 'tick'
  | 'plan-blast'
  | 'decide-order'
  | 'settle-payment'
  | 'keep-record'
  | 'set-schedule'
  | 'recover-orders'
  | 'reconcile'
  | 'forget-family'
  | 'report-blast';

/** Some functions call ports by the hundred: something may befall any of these calls. */
export const reaches: Partial<Record<FunctionName, readonly number[]>> = {
  'send-blast': [6, 40, 150, 300],
  tick: [10, 40, 120],
  'recover-orders': [10, 60],
  reconcile: [10, 40, 100],
  'plan-blast': [4, 20],
  'ses-feedback': [3],
  'stripe-webhook': [1],
};
/** How many different methods of ports one call may call. */
export const methodsOf: Partial<Record<FunctionName, number>> = {
  'send-blast': 20,
  tick: 40,
  'recover-orders': 20,
  reconcile: 25,
  'plan-blast': 16,
  'report-blast': 12,
  'ses-feedback': 5,
  'stripe-webhook': 1,
};
/** Those that are seldom called are to be hit as often as the others. */
export const weightOf: Partial<Record<FunctionName, number>> = {
  'send-blast': 6,
  tick: 3,
  'recover-orders': 6,
  reconcile: 6,
  'plan-blast': 4,
  'settle-payment': 2,
  'set-schedule': 6,
  unsubscribe: 8,
  'forget-family': 6,
  'report-blast': 4,
  'ses-feedback': 0.3,
  'stripe-webhook': 0.6,
};

const expected = new Set([
  'invalid_input',
  'not_found',
  'not_payable',
  'stale_plan',
  'conflict',
  'contention',
  'store_unavailable',
  'stripe_unavailable',
  'stripe_refused',
  'wrong_account',
  'mail_refused',
  'mail_unclear',
]);
/** Everything that can go wrong on purpose has a code. */
export const isExpected = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && expected.has(String(error.code));
