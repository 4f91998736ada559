import type { ServerResponse } from 'node:http';
import type { Service } from './call.ts';
import { escapeXml } from './xml.ts';

/** An error as an AWS service words it. */
export type ServiceError = {
  status: number;
  code: string;
  message: string;
  /** The code of the service's older query protocol, for a service that sends both. */
  queryCode?: string;
};

/** Answers with an error in the protocol of the service, so that the SDK makes the exception of it that it would. */
export function answerError(
  response: ServerResponse,
  service: Service | undefined,
  error: ServiceError,
): void {
  if (service === 'ses' || service === 'sns' || service === 'cloudformation') {
    const fault = error.status < 500 ? 'Sender' : 'Receiver';
    response.writeHead(error.status, { 'content-type': 'text/xml' });
    response.end(
      `<ErrorResponse><Error><Type>${fault}</Type><Code>${error.code}</Code>` +
        `<Message>${escapeXml(error.message)}</Message></Error><RequestId>local</RequestId></ErrorResponse>`,
    );
    return;
  }
  response.writeHead(error.status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-errortype': error.code,
    'x-amzn-requestid': 'local',
    ...(error.queryCode === undefined ? {} : { 'x-amzn-query-error': `${error.queryCode};Sender` }),
  });
  response.end(JSON.stringify({ __type: error.code, message: error.message }));
}
