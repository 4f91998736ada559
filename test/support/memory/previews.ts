import type { Preview } from '../../../lib/domain/blast.ts';
import type { Previews } from '../../../lib/ports.ts';
import { kept } from './kept.ts';

export const memoryPreviews = (): Previews => {
  const previews = new Map<string, Preview>();
  return {
    put: async (preview) => void previews.set(preview.hash, kept(preview)),
    get: async (hash) => previews.get(hash),
  };
};
