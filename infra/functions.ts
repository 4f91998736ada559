/**
 * Every function of the system, in one place: its trigger's needs, its size, and everything that it may do.
 * The file `functions/<name>.ts` must exist and export `handler`.
 */

export type TableName = 'Orders' | 'Roster' | 'Blasts' | 'Plans';
export type IndexName =
  | 'Orders/byProduct'
  | 'Orders/byFamily'
  | 'Orders/byFirstMail'
  | 'Orders/due'
  | 'Roster/listed'
  | 'Blasts/listed'
  | 'Blasts/byOrder';
export type TableAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'Query';
export type QueueName = 'events' | 'retire' | 'blast' | 'feedback';
export type SecretName = 'tokenKeys' | 'stripeKey' | 'stripeWebhook';

/** What a function's role is made of. What is absent here is denied. */
export type Permissions = {
  tables?: Partial<Record<TableName, readonly TableAction[]>>;
  indexes?: readonly IndexName[];
  reads?: readonly SecretName[];
  sendsTo?: readonly QueueName[];
  consumes?: QueueName;
  sendsMail?: true;
  /** How much mail SES takes of this account, a second and a day. */
  readsMailQuota?: true;
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
    description:
      'Every five minutes: starts due blasts and what recurs, sweeps due work, makes links ahead, reconciles once a day',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 240, // ends before the next one starts
    may: {
      tables: {
        // PutItem and BatchGetItem: the orders of a month are made from those of the month before.
        Orders: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
        Roster: ['GetItem', 'BatchGetItem'],
        Blasts: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'],
        // The daily reconciliation.
        Plans: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/due', 'Orders/byProduct', 'Orders/byFirstMail', 'Blasts/listed', 'Roster/listed'],
      reads: ['tokenKeys', 'stripeKey'],
      sendsTo: ['retire', 'blast'],
    },
  },
  'plan-blast': {
    description:
      'Invoked by ops: shows a mailing, sends what was shown, pauses, resumes, cancels and settles',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 900, // the longest there is: a preview looks at every order of a product
    may: {
      tables: {
        Orders: ['GetItem', 'BatchGetItem', 'UpdateItem'],
        Roster: ['GetItem', 'BatchGetItem'],
        Blasts: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/byProduct', 'Blasts/listed'],
      reads: ['tokenKeys'],
      sendsTo: ['blast'],
      sendsMail: true,
    },
  },
  'send-blast': {
    description: 'Mails the shards of a blast for a while',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 300, // a ticket works on until shortly before its end, so a longer one costs fewer starts
    may: {
      tables: {
        Orders: ['GetItem', 'BatchGetItem'],
        Plans: ['Query'],
        Roster: ['GetItem', 'BatchGetItem'],
        Blasts: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/byProduct', 'Orders/byFirstMail'],
      reads: ['tokenKeys'],
      sendsTo: ['blast'],
      consumes: 'blast',
      sendsMail: true,
      readsMailQuota: true,
    },
  },
  'ses-feedback': {
    description: 'Takes what SES tells of each mail: sent, delivered, bounced, complained about',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 60, // ten events, a few writes each
    may: {
      tables: {
        Orders: ['GetItem', 'UpdateItem'],
        Roster: ['UpdateItem'],
        Blasts: ['GetItem', 'UpdateItem'],
      },
      consumes: 'feedback',
    },
  },
  unsubscribe: {
    description: 'Stops reminders to one address: the page of the link in a reminder, and its one-click POST',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 10,
    may: { tables: { Roster: ['UpdateItem'] }, reads: ['tokenKeys'] },
  },
  'recover-orders': {
    description: 'Invoked by ops: shows a recovery plan, and executes the plan that was shown',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 240, // a slice of 60 s, and what is under way then: a few calls to Stripe of 15 s each, three times
    may: {
      tables: {
        Orders: ['BatchGetItem', 'GetItem', 'UpdateItem'],
        Roster: ['GetItem', 'BatchGetItem'],
        Plans: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
        Blasts: ['PutItem', 'GetItem', 'UpdateItem'],
      },
      indexes: ['Orders/byProduct', 'Roster/listed'],
      reads: ['tokenKeys', 'stripeKey'],
      sendsTo: ['blast'],
    },
  },
  reconcile: {
    description:
      'Invoked by ops: compares Stripe, orders and mail, repairs what was shown, closes a link by hand',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 300, // a slice is over after a minute; Stripe may keep one page waiting
    may: {
      tables: {
        // PutItem: a payment without an order is kept for a person.
        Orders: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
        Roster: ['BatchGetItem'],
        Blasts: ['GetItem', 'BatchGetItem', 'UpdateItem', 'Query'],
        Plans: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/byProduct', 'Orders/due', 'Roster/listed', 'Blasts/listed'],
      reads: ['stripeKey'],
    },
  },
  'report-blast': {
    description: 'Invoked by ops: counts what became of a mailing, and lists them all',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 900, // the longest there is: every row of a ledger is read, and every order behind it
    may: {
      tables: {
        Orders: ['BatchGetItem'],
        Blasts: ['GetItem', 'BatchGetItem', 'PutItem', 'Query'],
      },
      indexes: ['Blasts/listed'],
    },
  },
  'look-up': {
    description: 'Invoked by ops: tells what there is to know of an order, a family, a product; only reads',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 60, // what a typo may have meant is looked for among all orders
    may: {
      tables: {
        Orders: ['GetItem', 'BatchGetItem'],
        Roster: ['GetItem', 'BatchGetItem'],
        Blasts: ['BatchGetItem'],
      },
      indexes: ['Orders/byProduct', 'Orders/byFamily', 'Roster/listed', 'Blasts/byOrder'],
      reads: ['tokenKeys'],
    },
  },
  'set-schedule': {
    description: 'Invoked by ops: sets, stops and lists reminders and monthly fees',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 30,
    may: {
      tables: { Roster: ['GetItem'], Blasts: ['GetItem', 'BatchGetItem', 'PutItem'] },
      indexes: ['Blasts/listed'],
    },
  },
  'decide-order': {
    description: 'Invoked by ops: shows and does what a person decides of an order',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 60,
    may: { tables: { Orders: ['GetItem', 'UpdateItem', 'PutItem'] }, sendsTo: ['retire'] },
  },
  'settle-payment': {
    description:
      'Invoked by ops: what needs a person; gives money back, and assigns payments without an order',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 90, // four calls to Stripe, one after the other, take 15 s each at most
    may: {
      tables: { Orders: ['GetItem', 'BatchGetItem', 'UpdateItem', 'PutItem'] },
      indexes: ['Orders/due'],
      reads: ['stripeKey'],
      sendsTo: ['retire'],
    },
  },
  'import-orders': {
    description: 'Invoked by ops: takes a file of the club in, shows what it would do, and writes that',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 120, // a slice of half a minute, and the rows in hand at its end
    may: {
      tables: {
        Orders: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
        Roster: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
        Plans: ['PutItem', 'UpdateItem', 'Query'],
      },
      indexes: ['Orders/byFamily'],
      sendsTo: ['retire'], // a contract that ends, an order that was paid or canceled elsewhere
    },
  },
  'keep-record': {
    description: "Keeps one order, family or contract that the club's own systems put",
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 20,
    may: {
      tables: {
        Orders: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
        Roster: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
      },
      indexes: ['Orders/byFamily'],
      sendsTo: ['retire'],
    },
  },
  'export-records': {
    description: 'Invoked by ops: page by page what the club has here, and the money that moved',
    memoryMb: NOBODY_WAITS_MB,
    timeoutSeconds: 60,
    may: {
      tables: { Orders: ['GetItem', 'BatchGetItem'], Roster: ['BatchGetItem'] },
      indexes: ['Orders/byProduct', 'Roster/listed'],
    },
  },
  'forget-family': {
    description:
      'Invoked by ops: shows what is known of a family, and leaves nothing that tells who they are',
    memoryMb: SOMEBODY_WAITS_MB,
    timeoutSeconds: 120, // a child without an order is found only among all of them
    may: {
      tables: {
        Orders: ['BatchGetItem'],
        Roster: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
        Blasts: ['BatchGetItem', 'UpdateItem'],
      },
      indexes: ['Orders/byFamily', 'Roster/listed', 'Blasts/byOrder'],
    },
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
