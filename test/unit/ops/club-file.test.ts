import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readClubFile } from '../../../infra/ops/club-file.ts';
import { stagesIn } from '../../../infra/ops/program/completion.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'club-payments-file-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (text: string): Record<string, string> => {
  writeFileSync(join(directory, 'club.prod.json'), text);
  return readClubFile(directory, 'prod');
};

it('gives the settings of its stage as text, and none of another', () => {
  expect(read('{"clubName": "Hillside", "mailRatePerSecond": 14, "livemode": true}')).toEqual({
    clubName: 'Hillside',
    mailRatePerSecond: '14',
    livemode: 'true',
  });
  expect(readClubFile(directory, 'dev')).toEqual({});
});

it.each(['', 'clubName: Hillside', '["Hillside"]', '{"club": {"name": "Hillside"}}'])(
  'that says %j is refused in a sentence',
  (text) => {
    expect(() => read(text)).toThrow('The file club.prod.json is not what it should be.');
  },
);

it('names the stages that a shell offers after --stage', () => {
  for (const name of ['club.test-2.json', 'club.json', 'club.Prod.json', 'xclub.dev.json']) {
    writeFileSync(join(directory, name), '{}');
  }
  expect(stagesIn(directory).sort()).toEqual(['prod', 'test-2']);
});
