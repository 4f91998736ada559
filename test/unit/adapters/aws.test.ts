import { createHash, createHmac } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SESClient } from '@aws-sdk/client-ses';
import { describe, expect, test } from 'vitest';
import { lean, UNUSED_STEPS } from '../../../lib/adapters/aws.ts';
import { Sha256 } from '../../../lib/adapters/sha256.ts';

describe('the hash of signatures', () => {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

  test.each([
    ['nothing', []],
    ['a text', ['Zoë']],
    ['bytes', [bytes('Zoë')]],
    ['several parts', ['a', bytes('b'), bytes('cd').buffer as ArrayBuffer]],
    ['a part of a buffer', [bytes('abcdef').subarray(2, 4)]],
  ])('is SHA-256 of %s', async (_, parts) => {
    const hash = new Sha256();
    const expected = createHash('sha256');
    for (const part of parts) {
      hash.update(part);
      expected.update(part instanceof ArrayBuffer ? new Uint8Array(part) : part);
    }
    expect(Buffer.from(await hash.digest())).toEqual(expected.digest());
  });

  test('with a key is its HMAC, however often and in whatever form the key comes', async () => {
    const key = bytes('AWS4secret');
    for (const given of [key, 'AWS4secret', key, bytes('other').buffer as ArrayBuffer, 'AWS4secret']) {
      const hash = new Sha256(given);
      hash.update('20260501');
      const secret = typeof given === 'string' ? given : new Uint8Array(given);
      expect(Buffer.from(await hash.digest())).toEqual(
        createHmac('sha256', secret).update('20260501').digest(),
      );
    }
  });

  test('keeps to each secret, however many there were', async () => {
    for (const secret of [...Array.from({ length: 25 }, (_, i) => `secret ${i}`), 'secret 1']) {
      const hash = new Sha256(secret);
      hash.update('a');
      expect(Buffer.from(await hash.digest())).toEqual(createHmac('sha256', secret).update('a').digest());
    }
  });

  test('begins anew when it is reset', async () => {
    const hash = new Sha256();
    hash.update('a');
    hash.reset();
    hash.update('b');
    expect(Buffer.from(await hash.digest())).toEqual(createHash('sha256').update('b').digest());
  });
});

test.each([
  ['DynamoDB', () => new DynamoDBClient({ region: 'us-east-1' })],
  ['SES', () => new SESClient({ region: 'us-east-1' })],
])('a lean client of %s has every step that a call needs, and none of the others', (_, make) => {
  const steps = (client: ReturnType<typeof make>): string[] =>
    client.middlewareStack.identify().map((step) => step.split(' ')[0] ?? '');
  const all = steps(make());
  // Under these names, or the next version of the SDK has others.
  expect(all).toEqual(expect.arrayContaining([...UNUSED_STEPS]));
  expect(steps(lean(make()))).toEqual(all.filter((step) => !UNUSED_STEPS.some((unused) => unused === step)));
});
