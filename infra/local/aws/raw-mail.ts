/** One header of a mail, its value unfolded and otherwise as it was written. */
export type Header = { name: string; value: string };

const CRLF_CRLF = Buffer.from('\r\n\r\n');
const LF_LF = Buffer.from('\n\n');

/** The part of a raw mail before its body; the body may be long, and nobody here reads it. */
export function headOf(raw: Buffer): string {
  const ends = [raw.indexOf(CRLF_CRLF), raw.indexOf(LF_LF)].filter((at) => at >= 0);
  return raw.toString('utf8', 0, ends.length === 0 ? raw.length : Math.min(...ends));
}

/** The top headers in their order; one may stand there twice. @param head of `headOf` */
export function headersIn(head: string): Header[] {
  return head
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [{ name: line.slice(0, colon), value: line.slice(colon + 1).trim() }] : [];
    });
}

/** The same by name, in lower case. */
export function headersByName(headers: readonly Header[]): Record<string, string> {
  return Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]));
}

/** The addresses that a header names, without the names beside them. */
export function addressesIn(header: string): string[] {
  return header.match(/[^\s<>,;"]+@[^\s<>,;"]+/g) ?? [];
}
