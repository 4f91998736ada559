import { createHash } from 'node:crypto';
import { type AudienceFilter, type Blast, isEnded, type Preview } from '../domain/blast.ts';
import { clubDayOf } from '../domain/calendar.ts';
import { policyOf } from '../domain/category.ts';
import { InvalidInput, NotFound } from '../domain/errors.ts';
import { formatMoney } from '../domain/money.ts';
import type { Product } from '../domain/roster.ts';
import { isUnusual, UNUSUAL_TIMES } from '../domain/unusual.ts';
import { type RenderedMail, templateVersions } from '../email/render.ts';
import { type AudienceCount, type CountDeps, countAudience, type Sample } from './count-audience.ts';
import type { Deps } from './deps.ts';
import { orderMail } from './order-mail.ts';
import { itemsOf } from './pages.ts';

export type PreviewInput = {
  productId: string;
  /** What is absent leaves nobody out. */
  filter?: Partial<AudienceFilter>;
};
export type PreviewDeps = CountDeps & Pick<Deps, 'blasts' | 'previews' | 'log'> & SampleDeps;
export type SampleDeps = Pick<Deps, 'tokens' | 'club' | 'site'>;

export type SampleMail = RenderedMail & { orderId: string; to: string };

export type BlastPreview = Preview & {
  productName: string;
  /** Deliveries of a usual mailing: the median of the last five that were previewed and seen to their end; null before the first. */
  usual: number | null;
  /** More than ten times that: sent only if so many are said to be meant. */
  unusual: boolean;
  /** Null when nobody would be mailed, and when none of the mails that were tried can be written. */
  sample: SampleMail | null;
  /** What to look at before it is sent, in whole sentences. */
  warnings: string[];
};

const USUAL_OF = 5;
/** How many ended blasts are looked through for those five: most are reminders. */
const LOOK_BACK = 1_000;
const PAGE = 100;

/**
 * What a mailing would do, without doing it: who is asked and for how much, who is left out and why, and what the mail
 * says. Kept under its hash, by which it is sent.
 * @throws {NotFound} there is no such product @throws {InvalidInput} it has no orders, or none of that period
 */
export const previewBlast = async (input: PreviewInput, deps: PreviewDeps): Promise<BlastPreview> => {
  const product = await productOf(input.productId, deps);
  const filter = filterOf(input.filter);
  const asOf = deps.clock.now();
  const template = policyOf(product.category).mailTemplate;
  const templateVersion = templateVersions[template];
  const count = await countAudience({ productId: product.productId, filter, asOf }, deps);
  assertAudienceExists(product, filter, count);

  const about = { productId: product.productId, template, templateVersion, filter, asOf };
  const preview: Preview = {
    ...about,
    hash: previewHash(about),
    orders: count.orders,
    deliveries: count.deliveries,
    families: count.families,
    amount: count.amounts.length === 1 ? (count.amounts[0] ?? null) : null,
    leftOut: count.leftOut,
  };
  await deps.previews.put(preview);
  const before = await mailingsBefore(product.productId, deps);
  const { mail, notWritten } = await firstMail(product, count.samples, deps);
  deps.log('blast.previewed', {
    productId: product.productId,
    hash: preview.hash,
    deliveries: preview.deliveries,
  });
  return {
    ...preview,
    productName: product.name,
    usual: before.usual,
    unusual: isUnusual(preview.deliveries, before.usual),
    sample: mail,
    warnings: [
      ...warningsOf({ preview, count, ...before }, deps),
      ...(notWritten.length === 0 ? [] : [`${notWrittenWords(notWritten)} That does not stop the others.`]),
    ],
  };
};

/** @throws {NotFound} */
export const productOf = async (productId: string, deps: Pick<Deps, 'roster'>): Promise<Product> => {
  const product = await deps.roster.product(productId);
  if (product !== undefined) return product;
  throw new NotFound(`There is no product ${productId}.`, { productId });
};

export const filterOf = (filter: Partial<AudienceFilter> = {}): AudienceFilter => ({
  period: filter.period ?? null,
  onlyNeverMailed: filter.onlyNeverMailed ?? false,
});

/** Over what would be sent and to whom, not over how many that are: these are counted again when it is sent. */
const previewHash = (
  of: Pick<Preview, 'productId' | 'template' | 'templateVersion' | 'filter' | 'asOf'>,
): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        of.productId,
        of.template,
        of.templateVersion,
        of.filter.period,
        of.filter.onlyNeverMailed,
        of.asOf,
      ]),
    )
    .digest('hex')
    .slice(0, 32);

/** Nobody to be mailed just now is an answer; a product or period that nobody has ever owed is a slip. */
const assertAudienceExists = (
  { productId, name }: Product,
  { period }: AudienceFilter,
  { orders, leftOut, filteredOut }: AudienceCount,
): void => {
  const inAudience = orders + sumOf(leftOut) + filteredOut.mailedBefore;
  if (inAudience > 0) return;
  throw new InvalidInput(
    filteredOut.otherPeriod > 0
      ? `${name} has no orders of the period ${period}; it has ${filteredOut.otherPeriod} of others.`
      : `${name} has no orders yet: there is nobody to write to.`,
    { productId },
  );
};

const sumOf = (counts: AudienceCount['leftOut']): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** The first of these mails that can be written, as it would leave; and the orders before it whose mail can not. */
export const firstMail = async (
  product: Product,
  samples: Iterable<Sample> | AsyncIterable<Sample>,
  deps: SampleDeps & Pick<Deps, 'log'>,
): Promise<{ mail: SampleMail | null; notWritten: string[] }> => {
  const keys = await deps.tokens.keys();
  const blast = { template: policyOf(product.category).mailTemplate, replacesDeadLink: false };
  const notWritten: string[] = [];
  for await (const { order, address, family, player } of samples) {
    const content = { blast, product, order, family, player, address, unsubscribeUrl: null };
    try {
      const mail = orderMail(content, { club: deps.club, site: deps.site, keys });
      return { mail: { orderId: order.orderId, to: address, ...mail }, notWritten };
    } catch (error) {
      notWritten.push(order.orderId);
      deps.log('blast.sample_not_made', {
        orderId: order.orderId,
        error: error instanceof Error ? error.name : 'unknown',
      });
    }
  }
  return { mail: null, notWritten };
};

export const notWrittenWords = (orderIds: readonly string[]): string =>
  `The mail about order ${orderIds.join(', ')} can not be written and would end as failed: ` +
  'look at its amount, its pay-by date and its family.';

type Before = { usual: number | null; lastOf: Blast | undefined; running: Blast | undefined };

/** The notices that families have got before: how large they usually are, and the ones about this product. */
export const mailingsBefore = async (productId: string, deps: Pick<Deps, 'blasts'>): Promise<Before> => {
  const isOfProduct = (blast: Blast): boolean => blast.purpose === 'notice' && blast.productId === productId;
  const [open, ended] = await Promise.all([
    deps.blasts.pageOfOpen({ limit: PAGE }),
    endedBefore(isOfProduct, deps),
  ]);
  const running = open.items.find((blast) => isOfProduct(blast) && !isEnded(blast.state));
  return { usual: median(ended.sizes), lastOf: ended.lastOf, running };
};

const endedBefore = async (
  isOfProduct: (blast: Blast) => boolean,
  { blasts }: Pick<Deps, 'blasts'>,
): Promise<{ sizes: number[]; lastOf: Blast | undefined }> => {
  const sizes: number[] = [];
  let lastOf: Blast | undefined;
  let looked = 0;
  for await (const blast of itemsOf((after) => blasts.pageOfEnded({ limit: PAGE, ...after }))) {
    looked += 1;
    if (looked > LOOK_BACK || (sizes.length === USUAL_OF && lastOf !== undefined)) break;
    // One that was canceled may have been a mistake.
    if (blast.purpose !== 'notice' || blast.state !== 'complete') continue;
    if (blast.approved !== null && sizes.length < USUAL_OF) sizes.push(blast.approved.deliveries);
    if (isOfProduct(blast)) lastOf ??= blast;
  }
  return { sizes, lastOf };
};

const median = (numbers: readonly number[]): number | null => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : Math.round((lower + upper) / 2);
};

const warningsOf = (
  { preview, count, usual, lastOf, running }: { preview: Preview; count: AudienceCount } & Before,
  { club }: Pick<Deps, 'club'>,
): string[] => {
  const warnings: string[] = [];
  const { deliveries, filter, leftOut } = preview;
  if (deliveries === 0) {
    warnings.push(
      count.filteredOut.mailedBefore > 0 && sumOf(leftOut) === 0
        ? 'Nobody would be mailed: all of them have been mailed before.'
        : 'Nobody would be mailed: all are left out. It can not be sent.',
    );
  }
  if (isUnusual(deliveries, usual)) {
    warnings.push(
      `This is more than ${UNUSUAL_TIMES} times the usual audience (${usual} mails). Is it the right product? ` +
        'It is sent only if that is said to be meant.',
    );
  }
  if (running !== undefined) {
    warnings.push(
      `There is another mailing for this product that has not ended (${running.blastId}, ${running.state}): ` +
        'families would get both.',
    );
  } else if (lastOf !== undefined && !filter.onlyNeverMailed) {
    warnings.push(
      `This product was mailed before, on ${clubDayOf(lastOf.startsAt, club.timeZone)} (${lastOf.blastId}): ` +
        'whoever still owes gets a second mail. Only who has had none yet can be chosen.',
    );
  }
  if (count.amounts.length > 1) {
    warnings.push(
      `The orders are in several currencies: ${count.amounts.map((amount) => formatMoney(amount)).join(', ')}.`,
    );
  }
  return warnings;
};
