/**
 * Every function of the system, in one place: its trigger's needs, its size, and everything that it may do.
 * The file `functions/<name>.ts` must exist and export `handler`.
 */

export type TableName = 'Orders' | 'Roster' | 'Blasts' | 'Plans';
export type IndexName = 'Orders/byProduct' | 'Orders/byFamily' | 'Orders/due' | 'Blasts/open';
export type TableAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'Query';
export type QueueName = 'events' | 'retire' | 'blast';
export type SecretName = 'tokenKeys' | 'stripeKey' | 'stripeWebhook';

/** What a function's role is made of. What is absent here is denied. */
export type Permissions = {
  tables?: Partial<Record<TableName, readonly TableAction[]>>;
  indexes?: readonly IndexName[];
  reads?: readonly SecretName[];
  sendsTo?: readonly QueueName[];
  consumes?: QueueName;
  sendsMail?: true;
};

export type FunctionSpec = {
  /** Shown in the console, of the function and of its role. */
  description: string;
  memoryMb: number;
  timeoutSeconds: number;
  may: Permissions;
};

// On Lambda the CPU grows with the memory (one core at 1,769 MB), and loading a module is CPU work: what a parent
// waits for gets 1,024 MB; what nobody waits for gets 512 MB, enough for the SDK and a batch of ten.
const SOMEBODY_WAITS_MB = 1024;
const NOBODY_WAITS_MB = 512;

export const functions = {
  'first-payment': {
    description: 'Answers the link in an e-mail: to Stripe, or a page that says what is true now',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 20, // below the 30 s of the HTTP API, above the time limit of one call to Stripe
    may: {
      tables: { Orders: ['GetItem', 'UpdateItem'], Roster: ['GetItem'] },
      reads: ['tokenKeys', 'stripeKey'],
      sendsTo: ['retire'],
    },
  },
  'mint-link': {
    description: 'Mints or finds the pay link of one order, for other systems of the club',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 20,
    may: {
      tables: { Orders: ['GetItem', 'UpdateItem'], Roster: ['GetItem'] },
      reads: ['tokenKeys', 'stripeKey'],
      sendsTo: ['retire'],
    },
  },
  'start-checkout': {
    description: 'Starts a checkout for a person on the site',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 20,
    may: {
      tables: { Orders: ['GetItem', 'UpdateItem', 'PutItem'], Roster: ['GetItem'] },
      reads: ['tokenKeys', 'stripeKey'],
      sendsTo: ['retire'],
    },
  },
  'stripe-webhook': {
    description: 'Takes the events that Stripe signs: signature, mode, queue',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 10, // Stripe gives up on a slow endpoint and sends again
    may: { reads: ['stripeWebhook'], sendsTo: ['events'] },
  },
  'fulfil-payment': {
    description: 'Turns the events of Stripe into facts of orders',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 120, // ten events, and one call to Stripe may take three times 15 s
    may: {
      tables: { Orders: ['GetItem', 'UpdateItem', 'PutItem'] },
      reads: ['stripeKey'],
      sendsTo: ['retire'],
      consumes: 'events',
    },
  },
  'retire-link': {
    description: 'Closes at Stripe what an order no longer wants to be paid on',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 120, // five orders, each with a link and its open sessions
    may: {
      tables: { Orders: ['GetItem', 'UpdateItem'] },
      reads: ['stripeKey'],
      sendsTo: ['retire'], // an order that owes more by the time it is written back
      consumes: 'retire',
    },
  },
  tick: {
    description: 'Every five minutes: starts due blasts, sweeps due work',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 240, // ends before the next one starts
    may: {
      tables: {
        Orders: ['GetItem', 'UpdateItem'],
        Blasts: ['BatchGetItem', 'PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/due', 'Blasts/open'],
      sendsTo: ['retire', 'blast'],
    },
  },
  'plan-blast': {
    description: 'Invoked by ops: plans a mailing',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 60,
    may: {
      tables: { Blasts: ['PutItem', 'GetItem', 'UpdateItem'], Roster: ['GetItem'] },
      sendsTo: ['blast'],
    },
  },
  'send-blast': {
    description: 'Mails one shard of a blast for a while',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 300, // a ticket works on until shortly before its end, so a longer one costs fewer starts
    may: {
      tables: {
        Orders: ['GetItem'],
        Plans: ['Query'],
        Roster: ['GetItem'],
        Blasts: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/byProduct'],
      reads: ['tokenKeys'],
      sendsTo: ['blast'],
      consumes: 'blast',
      sendsMail: true,
    },
  },
  'recover-orders': {
    description: 'Invoked by ops: shows a recovery plan, and executes the plan that was shown',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 900, // the longest there is: a plan names every order of a product
    may: {
      tables: {
        Orders: ['BatchGetItem', 'GetItem', 'UpdateItem'],
        Roster: ['GetItem'],
        Plans: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
        Blasts: ['PutItem', 'GetItem', 'UpdateItem'],
      },
      indexes: ['Orders/byProduct'],
      reads: ['tokenKeys', 'stripeKey'],
      sendsTo: ['blast', 'retire'],
    },
  },
  'decide-order': {
    description: 'Invoked by ops: amends, cancels, waives or reopens an order',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 30,
    may: { tables: { Orders: ['GetItem', 'UpdateItem'] }, sendsTo: ['retire'] },
  },
  'create-test-order': {
    description: "Invoked by ops: the club's own test order of the smallest amount",
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 30,
    may: { tables: { Orders: ['GetItem', 'PutItem'], Roster: ['PutItem'] }, reads: ['tokenKeys'] },
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];
export const specOf = (name: FunctionName): FunctionSpec => functions[name];
