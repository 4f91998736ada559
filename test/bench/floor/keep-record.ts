import { getMany, put, tables } from './sdk/dynamodb.ts';

export const handler = async (event: { body?: string; pathParameters?: { familyId?: string } }) => {
  const { familyId = '' } = event.pathParameters ?? {};
  const key = { pk: `family#${familyId}` };
  await getMany(tables.roster, [key]);
  await put(tables.roster, { ...key, familyId, ...(JSON.parse(event.body ?? '{}') as object) });
  return { statusCode: 201, body: JSON.stringify({ familyId }) };
};
