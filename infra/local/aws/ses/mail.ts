import type { ApiCall } from '../call.ts';
import { readCredentials } from '../call.ts';
import { addressesIn, headersByName, headersIn, headOf } from '../raw-mail.ts';

/** A mail that SES took: its envelope and its head. Times are in the stack's time. */
export type TakenMail = {
  messageId: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** The header, name and address. */
  from: string;
  /** The envelope: who gets it, whatever the header says. */
  to: readonly string[];
  /** The message tags of the request. */
  tags: Readonly<Record<string, string>>;
  configurationSet: string | undefined;
  /** Its headers, unread: a mailing of thousands keeps them all. */
  head: string;
  /** Who called: a function's logical id. */
  sentBy: string;
};

/** What a `SendRawEmail` asks for, before SES has decided on it. */
export function readRawMail(call: ApiCall): Omit<TakenMail, 'messageId' | 'at'> {
  const { input, received } = call;
  const head = headOf(Buffer.from(String(input['RawMessage.Data'] ?? ''), 'base64'));
  const headers = headersByName(headersIn(head));
  const destinations = numbered(input, 'Destinations.member');
  const configurationSet = input.ConfigurationSetName ?? headers['x-ses-configuration-set'];
  return {
    from: headers.from ?? String(input.Source ?? ''),
    to: destinations.length > 0 ? destinations : addressesIn(headers.to ?? ''),
    tags: tagsOf(input),
    configurationSet: typeof configurationSet === 'string' ? configurationSet : undefined,
    head,
    sentBy: readCredentials(received)?.accessKeyId ?? 'ops',
  };
}

/** The values of `Destinations.member.1`, `.2`, … */
function numbered(input: Readonly<Record<string, unknown>>, prefix: string): string[] {
  const values: string[] = [];
  for (let n = 1; typeof input[`${prefix}.${n}`] === 'string'; n += 1) {
    values.push(String(input[`${prefix}.${n}`]));
  }
  return values;
}

function tagsOf(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let n = 1; typeof input[`Tags.member.${n}.Name`] === 'string'; n += 1) {
    tags[String(input[`Tags.member.${n}.Name`])] = String(input[`Tags.member.${n}.Value`] ?? '');
  }
  return tags;
}
