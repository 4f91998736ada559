import { describe, expect, it } from 'vitest';
import { addressFrom } from '../../../infra/ops/mail.ts';
import { OpsProblem } from '../../../infra/ops/problem.ts';
import { assertKeyFits } from '../../../infra/ops/stripe-key.ts';

const trying = { stage: 'dev', livemode: false };
const real = { stage: 'prod', livemode: true };

const problemOf = (key: string, stage: typeof trying): OpsProblem | undefined => {
  try {
    assertKeyFits(key, stage);
    return undefined;
  } catch (error) {
    if (error instanceof OpsProblem) return error;
    throw error;
  }
};

describe('a Stripe key, by its form', () => {
  it.each([
    ['rk_test_abc123', trying],
    ['sk_test_abc123', trying],
    ['rk_live_abc123', real],
    ['sk_live_abc123', real],
  ])('%s fits %o', (key, stage) => {
    expect(problemOf(key, stage)).toBeUndefined();
  });

  it.each([
    ['rk_live_abc123', trying, 'This is a live key, and the stage "dev" is for trying'],
    ['sk_live_abc123', trying, 'This is a live key'],
    ['rk_test_abc123', real, 'This is a test key, and on the stage "prod" families pay with real money'],
    ['sk_test_abc123', real, 'This is a test key'],
    ['pk_live_abc123', real, 'This is the publishable key'],
    ['whsec_abc123', trying, 'the signing secret of a webhook endpoint'],
    ['rk_test_abc123 and more', trying, 'This is not a Stripe key'],
    ['rk_prod_abc123', real, 'This is not a Stripe key'],
    ['hunter2', trying, 'This is not a Stripe key'],
  ])('%s does not fit %o: %s', (key, stage, sentence) => {
    const problem = problemOf(key, stage);
    expect(problem?.message).toContain(sentence);
    expect(problem?.fix).toContain('dashboard.stripe.com');
    expect(`${problem?.message} ${problem?.fix}`).not.toContain('abc123');
  });
});

describe('an address to write to', () => {
  it('is one address, in lower case', () => {
    expect(addressFrom(' Coach@Club.Example ')).toBe('coach@club.example');
  });

  it.each([
    'coach',
    'a@b',
    'a@club.example,b@club.example',
    'Coach <a@club.example>',
    'a@club.example\nBcc: b@x.example',
  ])('is not %j', (text) => {
    expect(() => addressFrom(text)).toThrow('is not an e-mail address');
  });
});
