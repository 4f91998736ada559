import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { logKeeper } from '../../infra/local/lambda/log-keeper.ts';
import { families } from '../../infra/local/seed/incident.ts';
import { addressKeyOf } from '../../lib/domain/blast.ts';
import { parseTokenKeys, signToken } from '../../lib/domain/pay-token.ts';
import { auditLogs, toldBy } from '../support/log-audit.ts';

const keys = parseTokenKeys(JSON.stringify({ signWith: 'k1', k1: 'x'.repeat(64) }));
const token = signToken(keys, 'pay', 'ord_01');
const signature = Stripe.webhooks.generateTestHeaderString({
  payload: '{}',
  secret: 'whsec_x',
  timestamp: 1,
});

describe('what a log may not say', () => {
  it.each([
    ['an e-mail address', 'could not mail alex@family.example'],
    ['an e-mail address', '/unsubscribe?to=alex%40family.example'],
    ['an e-mail address', 'josé@club.example'],
    ['a name of a family', `welcome, ${families[0]?.parents[0]?.name}`],
    ['a name of a family', 'Zoë has paid'],
    ['a key of Stripe', 'rk_live_51'],
    ['a secret of Stripe’s webhooks', '["whsec_abc"]'],
    ['a signature of Stripe', signature],
    ['an access key of AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['a header that authorizes', '{"Authorization":"Basic x"}'],
    ['a header that authorizes', 'Bearer abc'],
    ['a token of a mailed link', `/pay/${token}`],
    ['a token of a mailed link', signToken(keys, 'unsubscribe', addressKeyOf('a@b.example'))],
    ['a key that signs tokens', 'aB3'.repeat(22).slice(0, 64)],
  ])('%s, as in %s', (what, line) => {
    expect(toldBy(JSON.stringify({ message: line }))).toContain(what);
  });

  it('and what it may: ids, hashes, words, paths of modules', () => {
    const lines = [
      '{"event":"order.fact","orderId":"ord_01j","fact":"payment:pi_3N","eventId":"evt_1","status":"paid"}',
      `{"event":"x","addressKey":"${addressKeyOf('a@b.example')}","importId":"imp_${'0a'.repeat(13)}"}`,
      `{"hash":"${'0123456789abcdef'.repeat(4)}","requestId":"3ad2dcb9-eaab-4980-89d6-4ae2e805b9c0"}`,
      '{"stack":"Error: x\\n at /var/task/node_modules/@aws-sdk/client-sqs/dist-cjs/index.js:1:2"}',
      '{"message":"The Stripe-Signature header is missing."}',
    ];
    expect(lines.map(toldBy)).toEqual(lines.map(() => []));
  });

  it('is found in what any process of a run has kept, with the function that told it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kept-logs-'));
    try {
      for (const line of ['{"event":"a"}', 'to alex@family.example\twith a tab', 'alex@family.example']) {
        logKeeper(directory)('send-blast', line);
      }
      // A function that only a test has.
      logKeeper(directory)('chatty', 'alex@family.example');
      logKeeper(undefined)('tick', 'alex@family.example');
      const { lines, functions, findings, silent } = await auditLogs(directory);
      expect({ lines, functions }).toEqual({ lines: 3, functions: 1 });
      expect(findings).toMatchObject([{ functionName: 'send-blast', what: 'an e-mail address', times: 2 }]);
      expect(silent).toContain('tick');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
