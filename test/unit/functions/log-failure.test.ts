import { expect, it } from 'vitest';
import { logFailure } from '../../../functions/http.ts';
import { InvalidInput } from '../../../lib/domain/errors.ts';

const logged = (error: unknown): string => {
  const lines: string[] = [];
  logFailure((event, fields) => void lines.push(JSON.stringify({ event, ...fields })), error);
  return lines.join('\n');
};

it.each([
  ['no word from alex@family.example.', 'no word from (an address)'],
  ['to=alex%40family.example, to="<alex@family.example>"', 'to=(an address), to=\\"<(an address)>\\"'],
  ['an @ alone, @home and 5% of 40', 'an @ alone, @home and 5% of 40'],
])('of what somebody typed no address is logged: %s', (message, expected) => {
  expect(logged(new InvalidInput(message))).toContain(`"message":"${expected}"`);
  expect(logged(new Error(message))).not.toContain('alex');
});
