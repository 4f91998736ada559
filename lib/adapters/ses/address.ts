import { domainToASCII } from 'node:url';
import { Unmailable } from '../../domain/errors.ts';

/**
 * The address as SES takes it: its domain in ASCII. Before the @ SES knows ASCII only.
 * @throws {Unmailable} for anything else, so that nothing in it can become a header or a second recipient
 */
export const deliverable = (address: string): string => {
  // Node reads a domain as a URL's: of `b.example/x` it would leave the first part, which is somebody else's.
  const [, local, domain] =
    /^([\w.!#$%&'*+/=?^`{|}~-]{1,64})@([\p{L}\p{M}\p{N}.。-]{1,253})$/u.exec(address) ?? [];
  const ascii = domainToASCII(domain ?? '');
  if (local === undefined || !/^([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(ascii)) {
    throw new Unmailable(
      'The address is not one that mail can be sent to. Correct it in the roster.',
      'address',
    );
  }
  return `${local}@${ascii}`;
};
