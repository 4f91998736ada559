import type { Product } from '../../../lib/domain/roster.ts';
import { addressesOf } from '../../../lib/domain/roster.ts';
import { readImportFile } from '../../ops/import/read.ts';
import type { ClubAtHand } from '../club/club.ts';
import { type AppliedRecovery, operations, type PlannedRecovery, Refused } from '../club/operations.ts';
import { aprilFiles } from '../seed/april-files.ts';
import * as incident from '../seed/incident.ts';
import { type MailedSession, mailSessions, openSession } from '../seed/older-system.ts';
import { readLegacy } from '../seed/write.ts';
import { visitor } from '../stripe/visitor.ts';

export type Look = PlannedRecovery & { product: Product; applied: AppliedRecovery | null };

/** How far the story of April 2026 has been walked. */
export type AprilSoFar = {
  mailed: { atMs: number; sessions: readonly MailedSession[] } | null;
  dayAfter: { paid: number; dead: readonly MailedSession[] } | null;
  takenOver: { paid: number; owed: number; canceled: number } | null;
  looks: readonly Look[] | null;
};

export type April = ReturnType<typeof createApril>;

const HOUR_MS = 60 * 60 * 1000;
/** Stripe ends a session after 24 hours; two more, and nobody can say that it was close. */
const DAY_AFTER_MS = 26 * HOUR_MS;

/** The story of April 2026, step by step, with the real parts: the older system's mails, then the recovery. */
export const createApril = (club: ClubAtHand) => {
  const { stripe, ses, mailFrom } = club.older;
  const ops = operations(club);
  let sofar: AprilSoFar = { mailed: null, dayAfter: null, takenOver: null, looks: null };
  let triesInVain: MailedSession[] = [];

  const mailedOrRefuse = () => {
    if (sofar.mailed === null) throw new Refused('Send the April mailing first.');
    return sofar.mailed;
  };

  const waitUntil = async (ms: number): Promise<void> => {
    if (club.clock.now() < ms) await club.clock.advance(ms - club.clock.now());
  };

  return {
    sofar: (): AprilSoFar => sofar,

    /** Checkout Sessions, their Stripe addresses straight in the mails. */
    async mailTheOldWay(): Promise<void> {
      if (sofar.mailed !== null) throw new Refused('The April mailing went out already.');
      const atMs = club.clock.now();
      const sessions = await mailSessions(
        {
          orders: [...incident.tournamentOrders, ...incident.monthlyOrders],
          families: incident.families,
          products: incident.products,
          from: mailFrom,
        },
        { stripe, ses },
      );
      sofar = { ...sofar, mailed: { atMs, sessions } };
    },

    /** The few who are quick pay; a day later the others find a dead page, and some try again in vain. */
    async letTheFirstDayPass(): Promise<void> {
      const { atMs, sessions } = mailedOrRefuse();
      if (sofar.dayAfter !== null) throw new Refused('The first day has passed already.');
      const quick = sessions
        .filter(({ order }) => order.openedAfterHours < 24)
        .sort((a, b) => a.order.openedAfterHours - b.order.openedAfterHours);
      for (const { order, url } of quick) {
        await waitUntil(atMs + order.openedAfterHours * HOUR_MS);
        const family = incident.families.find(({ familyId }) => familyId === order.familyId);
        const [email] = family === undefined ? [] : addressesOf(family);
        await visitor.pay(url, email === undefined ? {} : { email });
      }
      await waitUntil(atMs + DAY_AFTER_MS);
      triesInVain = await tryAgain();
      const legacy = await readLegacy({ mailed: sessions, canceledTries: [] }, { stripe });
      const unpaid = new Set(
        legacy.filter(({ payment }) => payment === null).map(({ sessionId }) => sessionId),
      );
      const dead = sessions.filter(({ sessionId }) => unpaid.has(sessionId));
      sofar = { ...sofar, dayAfter: { paid: sessions.length - dead.length, dead } };
      await club.settled();
    },

    /** The books learn what the older system did. */
    async takeOver(): Promise<void> {
      const { sessions } = mailedOrRefuse();
      const legacy = await readLegacy({ mailed: sessions, canceledTries: triesInVain }, { stripe });
      const how = { currency: 'usd', ignore: [], timeZone: club.timeZone } as const;
      const read = readImportFile(Buffer.from(aprilFiles(legacy).orders), how);
      if (!('file' in read)) throw new Error('The file of the older system can not be read.');
      await ops.importFile(read.file, 'the front desk');
      const canceled = legacy.filter((order) => order.canceled).length;
      const paid = legacy.filter((order) => order.payment !== null).length;
      sofar = { ...sofar, takenOver: { paid, canceled, owed: legacy.length - canceled - paid } };
      await club.settled();
    },

    /** Finds who is stranded, product by product. Changes nothing. */
    async look(): Promise<void> {
      if (sofar.takenOver === null) throw new Refused('Take the orders over first.');
      const looks: Look[] = [];
      for (const product of incident.products) {
        const planned = await ops.planRecovery({ productId: product.productId });
        looks.push({ ...planned, product, applied: null });
      }
      sofar = { ...sofar, looks };
    },

    /** Does exactly what was shown: a new link for each stranded order, and one mail to each of its addresses. */
    async apply(hash: string, actor: string): Promise<AppliedRecovery> {
      const applied = await ops.applyRecovery({ hash, actor });
      const looks = (sofar.looks ?? []).map((look) =>
        look.plan.hash === hash ? { ...look, applied } : look,
      );
      sofar = { ...sofar, looks };
      await club.settled();
      return applied;
    },
  };

  async function tryAgain(): Promise<MailedSession[]> {
    const tries: MailedSession[] = [];
    for (const order of incident.canceledRetries) {
      const product = incident.products.find(({ productId }) => productId === order.productId);
      if (product !== undefined) tries.push({ order, ...(await openSession(order, product, stripe)) });
    }
    return tries;
  }
};
