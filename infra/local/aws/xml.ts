import type { Answer } from '../http/loopback.ts';

/** Answers in the protocol of AWS's older services (`AwsQuery`): SES v1 and CloudFormation. */
export function xmlResult(namespace: string, action: string, result: string): Answer {
  const body = `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}

export function xmlError(status: number, code: string, message: string): Answer {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
