import * as v from 'valibot';
import { Instant, ProductId } from '../lib/domain/ids.ts';
import { closeLink, lookAtLink } from '../lib/usecases/close-link.ts';
import { pacedBooks, pacedStripe } from '../lib/usecases/paced-stripe.ts';
import { forPersons } from '../lib/usecases/reconcile/for-persons.ts';
import { reconcile } from '../lib/usecases/reconcile/reconcile.ts';
import {
  approveFindings,
  findingsOf,
  lastDaily,
  runShown,
  startLook,
  tellOf,
} from '../lib/usecases/reconcile/runs.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'BLASTS_TABLE',
  'PLANS_TABLE',
  'STRIPE_KEY_SECRET_ID',
  'STRIPE_ENDPOINT_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  site: wiring.site(config),
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  runs: wiring.runs(config),
  pace: wiring.pace(config),
  stripe: wiring.stripeForOps(config),
  books: wiring.booksForOps(config),
  // What an order owes Stripe is done by the run itself, at its pace.
  retireQueue: { send: async () => undefined },
};

/** An older link may have been opened by hundreds: they are ended at the pace of ops, too. */
const paced = { ...deps, stripe: pacedStripe(deps.stripe, deps), books: pacedBooks(deps.books, deps) };

/** Whoever asks, asks again: a run goes on where it was. */
const SLICE_MS = 45_000;
const FINDINGS = 200;

const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const Input = v.variant('action', [
  v.strictObject({ action: v.literal('look'), since: v.exactOptional(Instant) }),
  v.strictObject({ action: v.literal('shown'), hash: Text }),
  v.strictObject({ action: v.literal('apply'), hash: Text, actor: Text }),
  v.strictObject({ action: v.literal('go_on'), runId: Text }),
  v.strictObject({
    action: v.literal('findings'),
    runId: Text,
    after: v.exactOptional(v.pipe(v.string(), v.maxLength(1000))),
  }),
  v.strictObject({ action: v.literal('last') }),
  v.strictObject({ action: v.literal('for_persons'), productId: v.exactOptional(ProductId) }),
  v.strictObject({ action: v.literal('look_link'), linkId: Text, shown: v.exactOptional(Text) }),
  v.strictObject({
    action: v.literal('close_link'),
    linkId: Text,
    shown: Text,
    actor: v.string(),
    reason: v.string(),
  }),
]);

/**
 * Ops: compares Stripe, orders and mail for a while; repairs what was shown; tells what was found, and what waits for a
 * person. And closes a link that it leaves to one: looked at first, and done as it was shown.
 */
export const handler = operation(
  Input,
  async (input, context) => {
    const goOn = async (runId: string) =>
      tellOf(await reconcile({ runId, worker: context.awsRequestId, budgetMs: SLICE_MS }, deps));
    switch (input.action) {
      case 'look':
        return goOn(await startLook(input, deps));
      case 'shown':
        return tellOf(await runShown(input, deps));
      case 'apply':
        return goOn(await approveFindings(input, deps));
      case 'go_on':
        return goOn(input.runId);
      case 'findings':
        return findingsOf({ ...input, limit: FINDINGS }, deps);
      case 'last':
        return tellOf(await lastDaily(deps));
      case 'for_persons':
        return forPersons(input, deps);
      case 'look_link':
        return lookAtLink(input, paced);
      case 'close_link':
        return closeLink(input, paced);
    }
  },
  deps,
);
