import type { Audience, Blast } from '../domain/blast.ts';
import { policyOf } from '../domain/category.ts';
import { NotFound } from '../domain/errors.ts';
import { type Instant, SHARDS } from '../domain/ids.ts';
import type { Deps } from './deps.ts';

export type StartBlastDeps = Pick<Deps, 'blasts' | 'blastQueue' | 'clock' | 'log'>;
export type PlanBlastDeps = StartBlastDeps & Pick<Deps, 'roster'>;

export type PlanBlastInput = {
  /** The same id is the same blast: planning it twice mails nobody twice. */
  blastId: string;
  productId: string;
  audience?: Audience;
  replacesDeadLink?: boolean;
  /** Now, when absent. */
  startsAt?: Instant;
  createdBy: string;
};

/** Writes a blast down, and starts it if its time has come; otherwise the tick will. @throws {NotFound} */
export const planBlast = async (input: PlanBlastInput, deps: PlanBlastDeps): Promise<Blast> => {
  const product = await deps.roster.product(input.productId);
  if (product === undefined) {
    throw new NotFound(`There is no product ${input.productId}.`, { productId: input.productId });
  }
  const now = deps.clock.now();
  const wanted: Blast = {
    blastId: input.blastId,
    audience: input.audience ?? { kind: 'product', productId: input.productId },
    productId: input.productId,
    template: policyOf(product.category).mailTemplate,
    replacesDeadLink: input.replacesDeadLink ?? false,
    state: 'planned',
    startsAt: input.startsAt ?? now,
    createdAt: now,
    createdBy: input.createdBy,
    completedAt: null,
  };
  const written = await deps.blasts.create(wanted);
  const blast = written === 'created' ? wanted : ((await deps.blasts.get(input.blastId)) ?? wanted);
  if (blast.state === 'complete' || blast.startsAt > now) return blast;
  return await startBlast(blast, deps);
};

/**
 * Gives every shard its place in the ledger and a ticket. Whatever fails in between is done again by the tick:
 * a shard is created once, and a second ticket for it finds the shard leased or done.
 */
export const startBlast = async (blast: Blast, deps: StartBlastDeps): Promise<Blast> => {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  await Promise.all(
    shards.map((shard) =>
      deps.blasts.createShard({
        blastId: blast.blastId,
        shard,
        cursor: null,
        pass: 1,
        addedInPass: 0,
        done: false,
        lease: null,
        revision: 0,
      }),
    ),
  );
  await deps.blasts.advance(blast.blastId, ['planned'], 'sending', deps.clock.now());
  await deps.blastQueue.send(shards.map((shard) => ({ blastId: blast.blastId, shard })));
  deps.log('blast.started', { blastId: blast.blastId });
  return { ...blast, state: 'sending' };
};
