import { describe, expect, it } from 'vitest';
import { type Blast, isEnded, readDeliveryTag } from '../../../lib/domain/blast.ts';
import { SHARDS, shardOf } from '../../../lib/domain/ids.ts';
import type { Mail } from '../../../lib/ports.ts';
import { approvePreview } from '../../../lib/usecases/approve-preview.ts';
import { previewBlast } from '../../../lib/usecases/preview-blast.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { workTicket } from '../../../lib/usecases/work-ticket.ts';
import { clubInMemory } from '../../support/club-in-memory.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { memoryMailer } from '../../support/memory/mailer.ts';
import { type Death, mortal } from '../../support/mortal.ts';

/** Every call to anything outside, of planner, sender and tick, is where the process dies once: before and after it took effect. */

const MINUTE = 60_000;
const SCATTERED = ['o1', 'o2', 'o3'];
/** So many that their shard has several pages. */
const IN_ONE_SHARD = Array.from({ length: 200 }, (_, i) => `o${i}`)
  .filter((orderId) => shardOf(orderId) === 7)
  .slice(0, 5)
  .sort();

type Club = { events: boolean; orders: readonly string[] };

const startClub = async (options: Club) => {
  const clock = settableClock();
  // SES tells of each mail a moment after it took it, if it tells at all.
  const news: Mail[] = [];
  const mailer = memoryMailer({ after: (mail) => void news.push(mail) });
  // Of a category whose pages are opened by clicks: no link is made ahead.
  const { deps, order } = await clubInMemory({ clock, category: 'generic', mailer });
  for (const orderId of options.orders) await order(orderId);
  const told = async (): Promise<void> => {
    for (const mail of options.events ? news.splice(0) : []) {
      const ref = readDeliveryTag(mail.deliveryTag);
      if (ref === undefined) throw new Error('The tag names no delivery.');
      const at = clock.now();
      await deps.blasts.report(ref, { state: 'sent', reason: null, messageId: 'm', at, mailedAt: at });
    }
  };
  return { deps, mailer, told };
};

const PORTS = [
  ...(['blasts', 'orders', 'roster', 'mailer', 'plans', 'previews', 'pace', 'blastQueue', 'tokens'] as const),
];

/** The whole mailing; one process dies at a call and others go on. Resolves to what came of it. */
const mailing = async (options: Club & { death?: Death }) => {
  const { deps, mailer, told } = await startClub(options);
  const process = mortal(deps, PORTS, options.death);
  let alive = true;
  void process.died.then(() => {
    alive = false;
  });
  /** Until the process has died, everything happens in it. True: it ended well. */
  const run = async (work: (own: typeof deps) => Promise<unknown>): Promise<boolean> => {
    if (!alive) {
      await work(deps);
      return true;
    }
    return await Promise.race([work(process.deps).then(() => true), process.died.then(() => false)]);
  };

  // A person whose command failed repeats it.
  let hash = '';
  const preview = () =>
    run(async (own) => {
      hash = (await previewBlast({ productId: 'utah' }, own)).hash;
    });
  let blastId = '';
  const approve = () =>
    run(async (own) => {
      blastId = (await approvePreview({ hash, createdBy: 'office' }, own)).blast.blastId;
    });
  if (!(await preview())) await preview();
  if (!(await approve())) await approve();
  let blast: Blast | undefined;
  let workers = 0;
  for (let minute = 0; minute < 5 * 60; minute++) {
    for (
      let [ticket] = deps.blastQueue.receive(1);
      ticket !== undefined;
      [ticket] = deps.blastQueue.receive(1)
    ) {
      const input = { ...ticket, worker: `w${workers++}`, budgetMs: 4 * MINUTE, pageSize: 2 };
      if (!(await run((own) => workTicket(input, own)))) await deps.blastQueue.send([ticket], 1800);
    }
    await told();
    blast = await deps.blasts.get(blastId);
    if (blast !== undefined && isEnded(blast.state)) break;
    deps.clock.advance(MINUTE);
    if (minute % 5 === 4) await run((own) => tick(own));
  }
  const rows = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    rows.push(...(await deps.blasts.deliveries({ blastId, shard, limit: 100 })).items);
  }
  return { blast, rows, mailed: mailer.sent.map(({ to }) => to), calls: process.calls() };
};

describe.each([
  { events: true, orders: SCATTERED },
  { events: false, orders: SCATTERED },
  { events: false, orders: IN_ONE_SHARD },
])(
  'a process that dies at any one of its calls, where SES tells of its mails: $events, of $orders',
  (club) => {
    it('mails nobody twice and misses nobody', async () => {
      const unharmed = await mailing(club);
      expect(unharmed.rows.map(({ state }) => state)).toEqual(club.orders.map(() => 'sent'));
      expect(unharmed.calls).toBeGreaterThan(150);
      for (let at = 1; at <= unharmed.calls; at++) {
        for (const moment of ['before', 'after'] as const) {
          const where = `${moment} call ${at} of ${unharmed.calls}`;
          const { blast, rows, mailed } = await mailing({ ...club, death: { at, moment } });
          expect(blast?.state, where).toBe('complete');
          expect(new Set(mailed).size, where).toBe(mailed.length);
          const settled = rows.filter(({ state }) => state === 'sent' || state === 'held');
          expect(settled.map(({ orderId }) => orderId).sort(), where).toEqual(club.orders);
          const unmailed = rows.filter(({ address }) => !mailed.includes(address));
          // Claimed by the process that died, and never sent: only a person can know.
          expect(
            unmailed.every(({ state }) => state === 'held'),
            where,
          ).toBe(true);
          // Where SES tells of nothing, those too that left and whose end was never recorded.
          const held = rows.filter(({ state }) => state === 'held').length;
          expect(held, where).toBeLessThanOrEqual(club.events ? unmailed.length : LANES);
        }
      }
    });
  },
);

/** How many mails of a worker may be under way when it dies: all of a page, here. */
const LANES = 2;
