import { unauthorized } from '../errors.ts';

/** A key travels as a bearer token or as the user name of basic authentication. @see https://docs.stripe.com/api/authentication */
export function authenticate(authorization: string | undefined, accepted: readonly string[]): void {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ');
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString('utf8').split(':')[0] ?? '')
      : credentials;
  if (key === '') {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  if (!accepted.includes(key)) throw unauthorized(`Invalid API Key provided: ${redact(key)}`);
}

/** Enough to tell which key it was, too little to use it. */
const redact = (key: string): string => {
  const shown = /^[a-z]+_(?:test|live)_/.exec(key)?.[0] ?? key.slice(0, 3);
  return `${shown}${'*'.repeat(Math.max(4, key.length - shown.length - 4))}${key.length > 16 ? key.slice(-4) : ''}`;
};
