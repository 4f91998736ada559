import type { Blast, Preview } from '../domain/blast.ts';
import { policyOf } from '../domain/category.ts';
import { InvalidInput, NotFound } from '../domain/errors.ts';
import { type Instant, instantAfter } from '../domain/ids.ts';
import { isUnusual, UNUSUAL_TIMES } from '../domain/unusual.ts';
import { templateVersions } from '../email/render.ts';
import { type AudienceCount, type CountDeps, countAudience } from './count-audience.ts';
import type { Deps } from './deps.ts';
import { type PlanBlastDeps, planBlast } from './plan-blast.ts';
import { mailingsBefore, productOf } from './preview-blast.ts';

export type ApproveInput = {
  /** Of the preview that was looked at. */
  hash: string;
  createdBy: string;
  /** Now, when absent. */
  startsAt?: Instant;
  /** Says that more than ten times the usual audience is meant. */
  acceptUnusualSize?: boolean;
};
export type ApproveDeps = CountDeps & PlanBlastDeps & Pick<Deps, 'previews'>;

export type Approved = {
  blast: Blast;
  /** False: this preview had been sent before, and that blast stands as it was. */
  isNew: boolean;
};

const PREVIEW_LIVES_MS = 24 * 60 * 60 * 1000;
/** A later start is rather a slip in the year. */
const LATEST_START_MS = 366 * 24 * 60 * 60 * 1000;

/**
 * Sends what a person has seen: the blast is named after the preview, so that sending it twice is one blast. Who is
 * in the audience is counted once more; fewer than were seen are fine, more have to be seen first.
 * @throws {NotFound} there is no such preview @throws {InvalidInput} why it is not sent, and what to do
 */
export const approvePreview = async (input: ApproveInput, deps: ApproveDeps): Promise<Approved> => {
  const preview = await deps.previews.get(input.hash);
  if (preview === undefined) {
    throw new NotFound('There is no such preview. Preview the mailing, and use the hash that it shows.', {
      hash: input.hash,
    });
  }
  const blastId = blastIdOf(preview);
  const sentBefore = await deps.blasts.get(blastId);
  if (sentBefore === undefined) await assertStillTrue(preview, input, deps);
  const blast = await planBlast(
    {
      blastId,
      productId: preview.productId,
      audience: {
        kind: 'product',
        productId: preview.productId,
        filter: preview.filter,
        asOf: preview.asOf,
      },
      approved: {
        hash: preview.hash,
        orders: preview.orders,
        deliveries: preview.deliveries,
        leftOut: Object.values(preview.leftOut).reduce((sum, count) => sum + count, 0),
        amount: preview.amount,
      },
      ...(input.startsAt === undefined ? {} : { startsAt: input.startsAt }),
      createdBy: input.createdBy,
    },
    deps,
  );
  return { blast, isNew: sentBefore === undefined };
};

const blastIdOf = ({ hash }: Preview): string => `bls_${hash.slice(0, 26)}`;

/** @throws {InvalidInput} */
const assertStillTrue = async (preview: Preview, input: ApproveInput, deps: ApproveDeps): Promise<void> => {
  const { hash, productId } = preview;
  const refuse = (why: string): never => {
    throw new InvalidInput(why, { hash, productId });
  };
  const now = deps.clock.now();
  if (input.startsAt !== undefined && input.startsAt < now) {
    refuse(`The start is in the past: ${input.startsAt}, and it is ${now}. Leave it out to start now.`);
  }
  if (input.startsAt !== undefined && input.startsAt > instantAfter(now, LATEST_START_MS)) {
    refuse(`The start is more than a year away: ${input.startsAt}. Is the year right?`);
  }
  if (instantAfter(preview.asOf, PREVIEW_LIVES_MS) <= now) {
    refuse(`This preview is of ${preview.asOf}, more than a day ago. Preview it again, and send that one.`);
  }
  const product = await productOf(productId, deps);
  const template = policyOf(product.category).mailTemplate;
  if (template !== preview.template || templateVersions[template] !== preview.templateVersion) {
    refuse('The mail has been changed since the preview. Preview it again, and look at the sample.');
  }
  const count = await countAudience({ productId, filter: preview.filter, asOf: preview.asOf }, deps);
  if (count.deliveries === 0) refuse('Nobody would be mailed: everybody is left out by now.');
  const growth = growthOf(preview, count);
  if (growth !== null) refuse(`The audience has grown by ${growth} since the preview; preview it again.`);
  const { usual } = await mailingsBefore(productId, deps);
  if (input.acceptUnusualSize !== true && isUnusual(count.deliveries, usual)) {
    refuse(
      `${count.deliveries} mails are more than ${UNUSUAL_TIMES} times the usual audience of ${usual}. If it is ` +
        'the right product and that many are meant, say so (--accept-unusual-size).',
    );
  }
};

const growthOf = (seen: Preview, now: Pick<AudienceCount, 'orders' | 'deliveries'>): string | null => {
  const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
  if (now.orders > seen.orders) return counted(now.orders - seen.orders, 'order');
  if (now.deliveries > seen.deliveries) return counted(now.deliveries - seen.deliveries, 'mail');
  return null;
};
