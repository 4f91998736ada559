import type { Preview } from '../../../lib/domain/blast.ts';
import type { Previews } from '../../../lib/ports.ts';

export const memoryPreviews = (): Previews => {
  const previews = new Map<string, Preview>();
  return {
    put: async (preview) => void previews.set(preview.hash, structuredClone(preview)),
    get: async (hash) => structuredClone(previews.get(hash)),
  };
};
