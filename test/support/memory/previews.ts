import type { Preview } from '../../../lib/domain/blast.ts';
import type { Previews } from '../../../lib/ports.ts';
import { copy } from './copy.ts';

export const memoryPreviews = (): Previews => {
  const previews = new Map<string, Preview>();
  return {
    put: async (preview) => void previews.set(preview.hash, copy(preview)),
    get: async (hash) => copy(previews.get(hash)),
  };
};
