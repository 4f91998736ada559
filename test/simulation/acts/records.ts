import { localDayOf } from '../../../lib/domain/local-time.ts';
import { dayAfter } from '../../../lib/domain/schedule.ts';
import { closeLink, lookAtLink } from '../../../lib/usecases/close-link.ts';
import { forgetFamily, lookAtForgetting } from '../../../lib/usecases/forget-family.ts';
import { keepRecord } from '../../../lib/usecases/keep-record.ts';
import { listBlasts, reportBlast } from '../../../lib/usecases/report-blast.ts';
import { setSchedule, showRun } from '../../../lib/usecases/set-schedule.ts';
import { CLUB, type Club } from '../club.ts';
import { type ActOf, DAY, MINUTE } from '../plan.ts';
import { familyIdOf, NOBODYS_ORDER, orderIdOf, productOf } from './families.ts';
import { tickNow } from './office.ts';
import { asked } from './persons.ts';

/** What the office seldom does: lets a month's fees be made, forgets a family, closes a link by hand, reads a report. */

const BY = { actor: 'Kim', reason: 'it was asked for' };

/** A family wishes that nothing of it is kept. */
export const forget = async (club: Club, { id, order, thinksMs }: ActOf<'forget'>): Promise<void> => {
  const familyId = familyIdOf(order);
  const about = `${familyId}/${id}`;
  const look = await asked(club, 'forget-family', about, (deps) => lookAtForgetting({ familyId }, deps));
  if (look?.state !== 'open') return;
  await club.sleep(thinksMs);
  const shown = look.plan.hash;
  const done = await asked(club, 'forget-family', `${about}/apply`, (deps) =>
    forgetFamily({ familyId, shown, ...BY }, deps),
  );
  const told = done === undefined ? 'is not done' : `leaves ${done.left} mails and players`;
  club.note('Kim', `forgetting ${familyId} ${told}`, orderIdOf(order));
};

/** Has the fees of a month made and mailed by themselves: on the next day, or at once for this month. */
export const bill = async (club: Club, { id, product, atOnce }: ActOf<'bill'>): Promise<void> => {
  const today = localDayOf(club.timeline.instant(0), CLUB.timeZone);
  const dayOfMonth = Math.min(28, Number(dayAfter(today, 1).slice(8)));
  const about = `${product}/${id}`;
  const schedule = { kind: 'monthly', productId: product, at: '10:00', payByDays: 14, dayOfMonth } as const;
  const set = await asked(club, 'set-schedule', about, (deps) =>
    setSchedule({ action: 'set', schedule: { ...schedule, of: 'this_month' }, actor: 'Kim' }, deps),
  );
  if (set === undefined) return;
  club.note('Kim', `has the fees of ${product} made on day ${dayOfMonth} of each month`);
  if (atOnce) {
    const month = { productId: product, period: today.slice(0, 7) };
    const run = await asked(club, 'set-schedule', `${about}/look`, (deps) => showRun(month, deps));
    if (run === undefined) return;
    await club.sleep(MINUTE);
    await asked(club, 'set-schedule', `${about}/run`, (deps) =>
      setSchedule({ action: 'run', ...month, shown: run.hash, actor: 'Kim' }, deps),
    );
  } else await club.sleep(DAY);
  // What one did not come to, the next one does.
  for (let ticks = 3; ticks > 0; ticks--) {
    await club.sleep(5 * MINUTE);
    await tickNow(club);
  }
};

/** A product costs something else from now on: what is owed already stays as it is. */
export const changeProduct = async (
  club: Club,
  { id, product, amountMinor }: ActOf<'change_product'>,
): Promise<void> => {
  const planned = club.plan.products.find(({ productId }) => productId === product);
  if (planned === undefined) return;
  const row = { ...productOf(planned), description: 'With a ball' };
  const price = row.price === null ? null : { ...row.price, amountMinor };
  await asked(club, 'keep-record', `${product}/${id}`, (deps) =>
    keepRecord({ kind: 'products', row: { ...row, price } }, deps),
  );
  club.note(
    'club system',
    `${product} is described anew, and costs ${price?.amountMinor ?? 'what each owes'}`,
  );
};

/** Reads what became of a mailing. */
export const readReport = async (club: Club, { id }: ActOf<'report'>): Promise<void> => {
  const listed = await asked(club, 'report-blast', `list/${id}`, listBlasts);
  const blastId = listed?.[0]?.blast.blastId;
  if (blastId === undefined) return;
  const report = await asked(club, 'report-blast', `${blastId}/${id}`, (deps) =>
    reportBlast({ blastId }, deps),
  );
  club.note('Kim', `reads of ${blastId}: ${report === undefined ? 'nothing' : 'its report'}`);
};

/** Closes a link by hand that can be paid on and is of no order. */
export const closeStray = async (club: Club, { id, thinksMs }: ActOf<'close_link'>): Promise<void> => {
  const link = [...club.account.links()].find(
    ({ active, metadata }) => active && metadata.order_id === NOBODYS_ORDER,
  );
  if (link === undefined) return;
  const linkId = link.id;
  const look = await asked(club, 'reconcile', `${linkId}/${id}`, (deps) => lookAtLink({ linkId }, deps));
  if (look === undefined || look.doneBefore) return;
  await club.sleep(thinksMs);
  const shown = look.plan.hash;
  const done = await asked(club, 'reconcile', `${linkId}/${id}/apply`, (deps) =>
    closeLink({ linkId, shown, ...BY }, deps),
  );
  club.note('Kim', `closes ${linkId}: ${done === undefined ? 'not done' : 'done'}`);
};
