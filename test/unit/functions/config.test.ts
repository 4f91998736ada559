import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../functions/config.ts';
import { Misconfigured } from '../../../lib/domain/errors.ts';

describe('a function that is told too little', () => {
  it('says at its start which variables are missing or wrong, all at once, and no value', () => {
    const env = { STAGE: 'dev', LIVEMODE: 'maybe', MAIL_RATE_PER_SECOND: '-3', BASE_URL: 'private value' };
    const start = () =>
      readConfig(env, ['STAGE', 'LIVEMODE', 'ORDERS_TABLE', 'MAIL_RATE_PER_SECOND', 'BASE_URL']);
    expect(start).toThrow(Misconfigured);
    expect(start).toThrow(/ORDERS_TABLE is not set/);
    expect(start).toThrow(
      /LIVEMODE is not valid; .*MAIL_RATE_PER_SECOND is not valid; BASE_URL is not valid/,
    );
    expect(start).not.toThrow(/private value/);
  });

  it('starts with what it names, whatever else is there', () => {
    expect(
      readConfig({ STAGE: 'dev', LIVEMODE: 'false', OTHER: 'x' }, [
        'STAGE',
        'LIVEMODE',
        'STRIPE_ENDPOINT_URL',
      ]),
    ).toEqual({
      STAGE: 'dev',
      LIVEMODE: false,
      STRIPE_ENDPOINT_URL: undefined,
    });
  });
});
