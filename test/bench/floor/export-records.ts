import { getMany, query, tables } from './sdk/dynamodb.ts';

export const handler = async () => {
  const listed = await query(tables.roster, { listing: 'family' }, 'listed');
  const keys = listed.map(({ pk }) => ({ pk: String(pk) }));
  return { ok: true, result: { items: keys.length === 0 ? [] : await getMany(tables.roster, keys) } };
};
