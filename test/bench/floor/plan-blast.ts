import { startBlast } from './sdk/start-blast.ts';

export const handler = async ({ blastId, productId }: { blastId: string; productId: string }) => {
  await startBlast(blastId, productId);
  return { ok: true };
};
