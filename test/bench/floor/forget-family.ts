import { createHash } from 'node:crypto';
import { get, getMany, query, tables } from './sdk/dynamodb.ts';

/** A look at a family of one order that was mailed about. */
export const handler = async ({ familyId }: { familyId: string }) => {
  const family = await get(tables.roster, { pk: `family#${familyId}` });
  const [key] = await query(tables.orders, { familyId }, 'byFamily');
  const [order] = await getMany(tables.orders, [{ pk: `order#${key?.orderId}` }]);
  const mails = await query(tables.blasts, { orderId: String(order?.orderId) }, 'byOrder');
  await getMany(
    tables.blasts,
    mails.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
  );
  const players = await query(tables.roster, { listing: 'player' }, 'listed');
  await getMany(
    tables.roster,
    players.map(({ pk }) => ({ pk: String(pk) })),
  );
  await getMany(tables.roster, [{ pk: `player#${order?.playerId}` }]);
  await getMany(
    tables.roster,
    (family?.parents ?? []).flatMap(({ addresses }) =>
      addresses.map((address) => ({ pk: `address#${keyOf(address)}` })),
    ),
  );
  return { ok: true };
};

const keyOf = (address: string): string => createHash('sha256').update(address).digest('hex').slice(0, 32);
