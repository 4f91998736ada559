import type { Blast } from '../domain/blast.ts';
import { dueOf, type Order } from '../domain/order.ts';
import type { TokenKeys } from '../domain/pay-token.ts';
import { type Family, normalizeAddress, type Parent, type Player, type Product } from '../domain/roster.ts';
import { type RenderedMail, renderMail } from '../email/render.ts';
import type { Club, Site } from '../ports.ts';
import { payUrl } from './surface-request.ts';

export type OrderMail = {
  blast: Pick<Blast, 'template' | 'replacesDeadLink'>;
  product: Product;
  order: Order;
  family: Family | undefined;
  player: Player | undefined;
  /** To whom: their name stands in it. */
  address: string;
  /** Only a reminder has one. */
  unsubscribeUrl: string | null;
};

/** What one address is written about one order: as it leaves, and as it is shown before. */
export const orderMail = (
  { blast, product, order, family, player, address, unsubscribeUrl }: OrderMail,
  place: { club: Club; site: Site; keys: TokenKeys },
): RenderedMail =>
  renderMail({
    template: blast.template,
    replacesDeadLink: blast.replacesDeadLink,
    unsubscribeUrl,
    language: family?.language ?? 'en',
    club: place.club,
    parentName: parentWith(address, family)?.name ?? null,
    playerName: player?.name ?? '',
    productName: product.name,
    period: order.period,
    amount: dueOf(order),
    payBy: order.payBy,
    payUrl: payUrl(order, place.keys, place.site),
  });

const parentWith = (address: string, family: Family | undefined): Parent | undefined =>
  family?.parents.find((parent) => parent.addresses.some((own) => normalizeAddress(own) === address));
