import { applyDecision, lookAtDecision } from '../../../lib/usecases/apply-decision.ts';
import { type AppliedSlice, type ApplyPlace, applyRecovery } from '../../../lib/usecases/apply-recovery.ts';
import { approvePreview } from '../../../lib/usecases/approve-preview.ts';
import type { Deps } from '../../../lib/usecases/deps.ts';
import { keepRecord } from '../../../lib/usecases/keep-record.ts';
import { listAttention } from '../../../lib/usecases/list-attention.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import {
  type PlannedSlice,
  type PlanRecoveryInput,
  planRecovery,
} from '../../../lib/usecases/plan-recovery.ts';
import { previewBlast } from '../../../lib/usecases/preview-blast.ts';
import { reconcile } from '../../../lib/usecases/reconcile/reconcile.ts';
import { approveFindings, startLook } from '../../../lib/usecases/reconcile/runs.ts';
import { lookAtRefund, refundPayment } from '../../../lib/usecases/refund-payment.ts';
import { setSchedule } from '../../../lib/usecases/set-schedule.ts';
import { settleDelivery, showHeld } from '../../../lib/usecases/settle-delivery.ts';
import {
  assignUnmatched,
  lookAtAssignment,
  lookAtSettling,
  settleUnmatched,
} from '../../../lib/usecases/settle-unmatched.ts';
import { cancelBlast, pauseBlast, resumeBlast } from '../../../lib/usecases/steer-blast.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import type { Club } from '../club.ts';
import type { ActOf } from '../plan.ts';
import { familyIdOf, familyOf, orderIdOf, playerIdOf } from './families.ts';
import { asked, doneAsShown, persistently, shownNow } from './persons.ts';

const BY = { actor: 'Kim', reason: 'the family asked for it' };

/** Looks, thinks, and does what was shown. */
export const decide = async (club: Club, act: ActOf<'decide'>): Promise<void> => {
  const orderId = orderIdOf(act.order);
  const { decision, thinksMs } = act;
  const input = {
    orderId,
    decision,
    ...(decision === 'amend' && !act.rest && { amount: plainAmount(act.amountMinor) }),
    ...(decision === 'amend' && act.rest && { rest: true }),
  };
  const look = await asked(club, 'decide-order', `${orderId}/${act.id}`, (deps) =>
    lookAtDecision(input, deps),
  );
  if (look === undefined || look.doneBefore) return;
  const shownAt = shownNow(club);
  await club.sleep(thinksMs);
  const shown = look.plan.hash;
  const done = await doneAsShown(club, 'decide-order', `${orderId}/${act.id}/apply`, shownAt, (deps) =>
    applyDecision({ ...input, ...BY, shown }, deps),
  );
  club.note('Kim', `${decision} ${done === undefined ? 'is not done' : 'is done'}`, orderId);
  if (done !== undefined && club.watched.of(orderId)?.facts[`decision:dec_${shown}`] === undefined) {
    club.violated({
      promise: 'nothing is lost',
      detail: `${decision} of ${orderId} was told as done, and the order does not know it`,
      orderId,
    });
  }
};

const plainAmount = (amountMinor: number): string => (amountMinor / 100).toFixed(2);

/** Reads what needs a person, and does something about an order that does. */
export const handleAttention = async (club: Club, act: ActOf<'handle_attention'>): Promise<void> => {
  const listed = await asked(club, 'settle-payment', `attention/${act.id}`, (deps) =>
    listAttention({}, deps),
  );
  const row = listed?.items.find(({ orderId }) => orderId === orderIdOf(act.order)) ?? listed?.items[0];
  if (row === undefined) return;
  const { orderId, name: item } = row;
  const about = `${orderId}/${act.id}`;
  const { thinksMs } = act;
  if (act.how === 'refund') {
    const look = await asked(club, 'settle-payment', about, (deps) => lookAtRefund({ orderId }, deps));
    if (look === undefined || look.doneBefore) return;
    const shownAt = shownNow(club);
    await club.sleep(thinksMs);
    const shown = look.plan.hash;
    const done = await doneAsShown(club, 'settle-payment', `${about}/apply`, shownAt, (deps) =>
      refundPayment({ orderId, shown, ...BY }, deps),
    );
    return club.note('Kim', `refunds ${done?.amount.amountMinor ?? 'nothing'}`, orderId);
  }
  const input =
    act.how === 'settle'
      ? { orderId, decision: 'settle' as const, item }
      : { orderId, decision: 'amend' as const, rest: true };
  const look = await asked(club, 'decide-order', about, (deps) => lookAtDecision(input, deps));
  if (look === undefined || look.doneBefore) return;
  const shownAt = shownNow(club);
  await club.sleep(thinksMs);
  const shown = look.plan.hash;
  await doneAsShown(club, 'decide-order', `${about}/apply`, shownAt, (deps) =>
    applyDecision({ ...input, ...BY, shown }, deps),
  );
  club.note('Kim', `${act.how} of ${item}`, orderId);
};

/** Says of a mail that is held whether it left. */
export const settleHeldMail = async (club: Club, { id, as }: ActOf<'settle_held'>): Promise<void> => {
  const held = await asked(club, 'reconcile', `held/${id}`, (deps) => deps.blasts.pageOfHeld({ limit: 10 }));
  const row = held?.items[0];
  if (row === undefined) return;
  const { blastId, orderId, addressKey } = row;
  const mail = { blastId, orderId, addressKey };
  const about = `${orderId}/${id}`;
  const look = as === 'sent' ? null : await asked(club, 'plan-blast', about, (deps) => showHeld(mail, deps));
  if (look === undefined) return;
  const shown = look === null ? {} : { shown: look.hash };
  const settled = await asked(club, 'plan-blast', `${about}/settle`, (deps) =>
    settleDelivery({ ...mail, ...shown, as, ...BY }, deps),
  );
  if (as === 'send_again') {
    // Once it was asked for, it may happen, whatever the answer was.
    const key = `${blastId} ${orderId} ${addressKey}`;
    club.sentAgain.set(key, (club.sentAgain.get(key) ?? 0) + 1);
  }
  club.note('Kim', `a held mail is to be ${as}: ${settled === undefined ? 'refused' : 'done'}`, orderId);
};

export const settleUnmatchedPayment = async (
  club: Club,
  { id, as }: ActOf<'settle_unmatched'>,
): Promise<void> => {
  const list = await asked(club, 'settle-payment', `unmatched/${id}`, (deps) =>
    deps.orders.pageOfUnmatched({ limit: 10 }),
  );
  const item = list?.items[0];
  if (item === undefined) return;
  const { stripeId } = item;
  const about = `${stripeId}/${id}`;
  if (as === 'settled') {
    const look = await asked(club, 'settle-payment', about, (deps) => lookAtSettling({ stripeId }, deps));
    if (look === undefined || look.doneBefore) return;
    const shownAt = shownNow(club);
    const shown = look.plan.hash;
    await doneAsShown(club, 'settle-payment', `${about}/apply`, shownAt, (deps) =>
      settleUnmatched({ stripeId, shown, ...BY }, deps),
    );
    return club.note('Kim', `settles ${stripeId}`);
  }
  const orderId = orderIdOf(club.randomOf('assign', id).between(0, club.plan.orders.length - 1));
  const look = await asked(club, 'settle-payment', about, (deps) =>
    lookAtAssignment({ stripeId, orderId }, deps),
  );
  if (look === undefined || look.doneBefore) return;
  const shownAt = shownNow(club);
  const shown = look.plan.hash;
  const done = await doneAsShown(club, 'settle-payment', `${about}/apply`, shownAt, (deps) =>
    assignUnmatched({ stripeId, orderId, shown, ...BY }, deps),
  );
  club.assigned.set(stripeId, { orderId, isDone: done !== undefined });
  club.note('Kim', `says that ${stripeId} is of ${orderId}`, orderId);
};

/** Previews a mailing, looks at it, and sends it. */
export const mailing = async (club: Club, { id, product, thinksMs }: ActOf<'mailing'>): Promise<void> => {
  const about = `${product}/${id}`;
  const preview = await asked(club, 'plan-blast', about, (deps) =>
    previewBlast({ productId: product }, deps),
  );
  if (preview === undefined || preview.deliveries === 0) return;
  const shownAt = shownNow(club);
  await club.sleep(thinksMs);
  const sent = await doneAsShown(club, 'plan-blast', `${about}/send`, shownAt, (deps) =>
    approvePreview({ hash: preview.hash, createdBy: 'Kim', acceptUnusualSize: true }, deps),
  );
  club.note('Kim', sent === undefined ? 'the mailing is refused' : `mails ${product}: ${sent.blast.blastId}`);
};

export const steer = async (club: Club, { id, how }: ActOf<'steer'>): Promise<void> => {
  const open = await asked(club, 'plan-blast', `open/${id}`, (deps) => deps.blasts.pageOfOpen({ limit: 10 }));
  const blast = open?.items[0];
  if (blast === undefined) return;
  const { blastId } = blast;
  const verbs = { pause: pauseBlast, resume: resumeBlast, cancel: cancelBlast };
  const done = await asked(club, 'plan-blast', `${blastId}/${id}`, (deps) =>
    verbs[how]({ blastId, actor: 'Kim' }, deps),
  );
  club.note('Kim', `${how} ${blastId}: ${done?.state ?? 'refused'}`);
};

export const contractNews = async (club: Club, { id, order, state }: ActOf<'contract'>): Promise<void> => {
  const row = { playerId: playerIdOf(order), contract: state, signUrl: null };
  const taken = await persistently(club, 'keep-record', `contract/${id}`, (deps) =>
    keepRecord({ kind: 'contracts', row }, deps),
  );
  if (taken) club.contracts.told(row.playerId, state);
  club.note('club system', `the contract is ${state}`, orderIdOf(order));
};

export const changeFamily = async (
  club: Club,
  { id, order, addresses }: ActOf<'change_family'>,
): Promise<void> => {
  const row = familyOf(order, addresses);
  await asked(club, 'keep-record', `family/${id}`, (deps) => keepRecord({ kind: 'families', row }, deps));
  club.note('club system', `${familyIdOf(order)} has ${addresses} addresses`, orderIdOf(order));
};

export const mint = async (club: Club, order: number): Promise<void> => {
  const orderId = orderIdOf(order);
  await club.call('mint-link', orderId, (deps) => mintLink({ orderId }, deps));
};

export const remind = async (club: Club, { id, product, days }: ActOf<'remind'>): Promise<void> => {
  await asked(club, 'set-schedule', `list/${id}`, (deps) => setSchedule({ action: 'list' }, deps));
  await asked(club, 'set-schedule', `${product}/${id}`, (deps) =>
    setSchedule(
      {
        action: 'set',
        schedule: { kind: 'reminders', productId: product, days: [...days], at: '09:00' },
        actor: 'Kim',
      },
      deps,
    ),
  );
};

export const tickNow = async (club: Club): Promise<void> => {
  await club.call('tick', 'tick', tick);
};

const SLICE_MS = 60_000;

/** Looks what is stranded, thinks, and has it repaired; slice by slice, as the command line does it. */
export const recover = async (
  club: Club,
  { id, product, thinksMs, sliceMs }: ActOf<'recover'>,
): Promise<void> => {
  const about = `${product}/${id}`;
  let input: PlanRecoveryInput = {
    scope: { kind: 'product', productId: product },
    mail: true,
    objectsAreGone: false,
    budgetMs: sliceMs,
  };
  let hash: string | undefined;
  for (let slices = 0; slices < 20 && hash === undefined; slices++) {
    const from: PlanRecoveryInput = input;
    const slice: PlannedSlice | undefined = await asked(club, 'recover-orders', about, (deps) =>
      planRecovery(from, deps),
    );
    if (slice === undefined) return;
    if (slice.done) hash = slice.plan.hash;
    else input = { planId: slice.planId, budgetMs: sliceMs };
  }
  if (hash === undefined) return;
  const shown = hash;
  await club.sleep(thinksMs);
  let from: ApplyPlace | undefined;
  for (let slices = 0; slices < 20; slices++) {
    const slice: AppliedSlice | undefined = await asked(club, 'recover-orders', `${about}/apply`, (deps) =>
      applyRecovery(
        { hash: shown, actor: 'Kim', budgetMs: sliceMs, ...(from !== undefined && { from }) },
        deps,
      ),
    );
    if (slice === undefined || slice.done) {
      return club.note('Kim', `recovers ${product}: ${JSON.stringify(slice?.done ? slice.counts : null)}`);
    }
    from = slice.from;
  }
};

/** Compares Stripe and orders, and lets be repaired what is certain. */
export const compare = async (club: Club, { id, repairs }: ActOf<'reconcile'>): Promise<void> => {
  const finish = async (runId: string) => {
    for (let slices = 0; slices < 20; slices++) {
      const run = await asked(club, 'reconcile', `${id}/${slices}`, (deps: Deps) =>
        reconcile({ runId, worker: `c${id}/${slices}`, budgetMs: SLICE_MS }, deps),
      );
      if (run?.phase === 'done') return run;
      await club.sleep(SLICE_MS);
    }
    return undefined;
  };
  const runId = await asked(club, 'reconcile', `${id}/look`, (deps) => startLook({}, deps));
  const looked = runId === undefined ? undefined : await finish(runId);
  club.note('Kim', `reconciles: ${JSON.stringify(looked?.found ?? null)}`);
  const hash = looked?.hash ?? null;
  if (!repairs || hash === null) return;
  const again = await asked(club, 'reconcile', `${id}/apply`, (deps) =>
    approveFindings({ hash, actor: 'Kim' }, deps),
  );
  if (again !== undefined) await finish(again);
};

/** First every environment knows the new key, then it signs; what an old one has signed opens until that is revoked. */
export const rotateKeys = (club: Club, step: ActOf<'rotate_keys'>['step']): void => {
  club.note('engineer', `rotates the token keys: ${step}`);
  if (step === 'add') club.keys.set({ signWith: 'k1', k2: 'l'.repeat(64) });
  if (step === 'sign') club.keys.set({ signWith: 'k2' });
  if (step === 'revoke') club.keys.set({ signWith: 'k2', revoked: ['k1'] });
};
