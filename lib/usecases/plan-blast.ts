import { type Audience, type Blast, newShard } from '../domain/blast.ts';
import { policyOf } from '../domain/category.ts';
import { NotFound } from '../domain/errors.ts';
import { type Instant, shardNumbers } from '../domain/ids.ts';
import type { Deps } from './deps.ts';

export type StartBlastDeps = Pick<Deps, 'blasts' | 'blastQueue' | 'clock' | 'log'>;
export type PlanBlastDeps = StartBlastDeps & Pick<Deps, 'roster'>;

export type PlanBlastInput = {
  /** The same id is the same blast: planning it twice mails nobody twice. */
  blastId: string;
  productId: string;
  /** Every order of the product that is there now, when absent. */
  audience?: Audience;
  /** A notice, when absent. */
  purpose?: Blast['purpose'];
  /** What a person saw before; absent where nobody had to. */
  approved?: NonNullable<Blast['approved']>;
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
    purpose: input.purpose ?? 'notice',
    audience: input.audience ?? {
      kind: 'product',
      productId: input.productId,
      filter: { period: null, onlyNeverMailed: false },
      asOf: now,
    },
    productId: input.productId,
    template: policyOf(product.category).mailTemplate,
    replacesDeadLink: input.replacesDeadLink ?? false,
    state: 'planned',
    waiting: null,
    approved: input.approved ?? null,
    startsAt: input.startsAt ?? now,
    createdAt: now,
    createdBy: input.createdBy,
    endedAt: null,
  };
  const written = await deps.blasts.create(wanted);
  const blast = written === 'created' ? wanted : ((await deps.blasts.get(input.blastId)) ?? wanted);
  const isDue = (blast.state === 'planned' || blast.state === 'sending') && blast.startsAt <= now;
  return isDue ? await startBlast(blast, deps) : blast;
};

/**
 * Gives every shard its place in the ledger, and calls a worker. Whatever fails in between is done again by the tick:
 * a shard is created once, and a second worker finds it leased or done. A blast that was paused or canceled meanwhile
 * stays that.
 */
export const startBlast = async (blast: Blast, deps: StartBlastDeps): Promise<Blast> => {
  await createShards(blast.blastId, deps);
  const started = await deps.blasts.advance(
    blast.blastId,
    ['planned'],
    { state: 'sending', waiting: null },
    deps.clock.now(),
  );
  const stands: Blast = started
    ? { ...blast, state: 'sending', waiting: null }
    : ((await deps.blasts.get(blast.blastId)) ?? blast);
  if (stands.state !== 'sending') return stands;
  await deps.blastQueue.send([{ blastId: blast.blastId, shard: 0, alone: true }]);
  if (started) deps.log('blast.started', { blastId: blast.blastId });
  return stands;
};

/** Those that are there already are left as they are. */
export const createShards = async (blastId: string, deps: Pick<Deps, 'blasts'>): Promise<void> => {
  await Promise.all(shardNumbers.map((shard) => deps.blasts.createShard(newShard(blastId, shard))));
};
