import { type Delivery, isEnded } from '../../lib/domain/blast.ts';
import { instantAfter, SHARDS } from '../../lib/domain/ids.ts';
import type { BlastTicket } from '../../lib/ports.ts';
import { planBlast } from '../../lib/usecases/plan-blast.ts';
import { tick } from '../../lib/usecases/tick.ts';
import { type TicketDeps, type TicketInput, workTicket } from '../../lib/usecases/work-ticket.ts';
import type { World } from './world.ts';

export const BLAST = 'bls_1';
const MINUTE = 60_000;

/** One mailing about the product `tournament`, and the time in which it leaves. */
export const openMailing = (world: World) => {
  let workers = 0;

  /** One worker's call. */
  const worker = (
    ticket: BlastTicket,
    deps: TicketDeps = world.deps,
    over: Partial<Pick<TicketInput, 'budgetMs' | 'limitPerSecond'>> = {},
  ): Promise<void> => {
    const input = { ...ticket, worker: `w${workers++}`, budgetMs: 4 * MINUTE, limitPerSecond: 10, ...over };
    return workTicket(input, deps);
  };

  return {
    worker,

    plan: () => planBlast({ blastId: BLAST, productId: 'tournament', createdBy: 'office' }, world.deps),

    /** Orders `o000`, `o001`, … of a family each. */
    families: async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await world.order({ orderId: `o${String(i).padStart(3, '0')}` });
    },

    /**
     * Lets time pass, in minutes, with the tick every five of them, and works on every ticket that comes, until the
     * blast is at its end or `hours` have gone by. A worker that throws leaves its ticket to be delivered half an
     * hour later.
     */
    work: async (deps: TicketDeps = world.deps, { hours = 8, id = BLAST } = {}): Promise<void> => {
      const until = instantAfter(world.clock.now(), hours * 60 * MINUTE);
      let ticked = world.clock.now();
      while (world.clock.now() < until) {
        const [ticket] = world.blastQueue.receive(1);
        if (ticket === undefined) {
          const blast = await world.blasts.get(id);
          if (blast === undefined || isEnded(blast.state)) return;
          world.clock.advance(MINUTE);
        } else {
          await worker(ticket, deps).catch(() => world.blastQueue.send([ticket], 1800));
        }
        if (world.clock.now() < instantAfter(ticked, 5 * MINUTE)) continue;
        ticked = world.clock.now();
        await tick(world.deps);
      }
    },

    ledger: async (): Promise<Delivery[]> => {
      const rows: Delivery[] = [];
      for (let shard = 0; shard < SHARDS; shard++) {
        rows.push(...(await world.blasts.deliveries({ blastId: BLAST, shard, limit: 1000 })).items);
      }
      return rows;
    },
  };
};

export type Mailing = ReturnType<typeof openMailing>;
