import * as v from 'valibot';
import { Preview } from '../../domain/blast.ts';
import { epochMs, type Instant } from '../../domain/ids.ts';
import type { Previews } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/** Previews of blasts, beside the blasts. DynamoDB removes them: what was approved stands in the blast itself. */
export const dynamoPreviews = (connection: TableConnection): Previews => {
  const table = openTable(connection);
  return {
    put: async (preview) => {
      await table.put({ ...previewKey(preview.hash), preview, ttl: removedAt(preview.asOf) });
    },
    get: async (hash) => {
      const key = previewKey(hash);
      const row = await table.get(key);
      return row === undefined ? undefined : parseRow(PreviewRow, row, `${key.pk} ${key.sk}`).preview;
    },
  };
};

const previewKey = (hash: string) => ({ pk: `preview#${hash}`, sk: 'preview' });
const PreviewRow = v.object({ preview: Preview });

export const PREVIEWS_KEPT_DAYS = 30;
const removedAt = (asOf: Instant): number =>
  Math.ceil(epochMs(asOf) / 1000) + PREVIEWS_KEPT_DAYS * 24 * 60 * 60;
