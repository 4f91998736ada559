import type { Deployment } from '../../template/identity.ts';
import { arn } from '../../template/identity.ts';
import { type ApiCall, UnknownCall } from '../call.ts';
import { addressesIn, headersByName, headersIn, headOf } from '../raw-mail.ts';
import type { Access } from './statements.ts';

type Read = (call: ApiCall, deployment: Deployment) => Access[];

/**
 * What AWS asks of the caller's policies before it does a call: often one thing, for a batch each of its tables.
 * @throws {UnknownCall} for a call whose permissions are not known here
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function accessesOf(call: ApiCall, deployment: Deployment): Access[] {
  return READERS[call.service](call, deployment);
}

const READERS: Readonly<Record<ApiCall['service'], Read>> = {
  dynamodb({ action, input, index }) {
    if (action === 'BatchGetItem' || action === 'BatchWriteItem') {
      return Object.keys((input.RequestItems ?? {}) as object).map((table) => ({
        action: `dynamodb:${action}`,
        resource: tableArn(table),
      }));
    }
    if (!OF_ONE_TABLE.has(action)) {
      throw new UnknownCall(`What dynamodb:${action} needs is not known to the local gateway.`);
    }
    const table = tableArn(String(input.TableName));
    // A query of an index is asked for the index alone, not for its table.
    return [
      { action: `dynamodb:${action}`, resource: index === undefined ? table : `${table}/index/${index}` },
    ];
  },

  // The batch forms have no action of their own.
  sqs: ({ action, resource }) => [
    {
      action: `sqs:${action.replace(/Batch$/, '')}`,
      resource: resource === undefined ? '*' : arn('sqs', resource),
    },
  ],

  sns: ({ action, input }) => [{ action: `sns:${action}`, resource: String(input.TopicArn ?? '*') }],

  /** The identity that a mail is from, and the configuration set that it names, in the request or in a header. */
  ses(call, deployment) {
    const { action, input } = call;
    if (action !== 'SendRawEmail') return [{ action: `ses:${action}`, resource: '*' }];
    const raw = Buffer.from(String(input['RawMessage.Data'] ?? ''), 'base64');
    const headers = headersByName(headersIn(headOf(raw)));
    const [from = ''] = addressesIn(String(input.Source ?? headers.from ?? ''));
    const set = input.ConfigurationSetName ?? headers['x-ses-configuration-set'];
    const given = input.FromArn ?? input.SourceArn;
    const resources = [
      typeof given === 'string' ? given : arn('ses', `identity/${identityOf(from, deployment)}`),
      ...(typeof set === 'string' ? [arn('ses', `configuration-set/${set}`)] : []),
    ];
    return resources.map((resource) => ({ action: 'ses:SendRawEmail', resource }));
  },

  secretsmanager({ action, input }, deployment) {
    const id = String(input.SecretId);
    const byName = arn('secretsmanager', `secret:${id}`);
    const named = deployment
      .ofType('AWS::SecretsManager::Secret')
      .find(({ identity }) => identity.ref.replace(/-[^-]{6}$/, '') === byName);
    return [{ action: `secretsmanager:${action}`, resource: named?.identity.ref ?? id }];
  },

  // The API is called Invoke, what it needs InvokeFunction.
  lambda: ({ action, resource = '' }) => [
    {
      action: `lambda:${action === 'Invoke' ? 'InvokeFunction' : action}`,
      resource: arn('lambda', `function:${resource}`),
    },
  ],

  cloudformation({ action }) {
    throw new UnknownCall(`The local gateway takes cloudformation:${action} from ops only.`);
  },
};

const OF_ONE_TABLE: ReadonlySet<string> = new Set([
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
]);

/** A request may name a table by its ARN as well. */
function tableArn(table: string): string {
  return table.startsWith('arn:') ? table : arn('dynamodb', `table/${table}`);
}

/** An address that is verified by itself is its own identity; else its domain is. */
function identityOf(address: string, deployment: Deployment): string {
  const verified = deployment
    .ofType('AWS::SES::EmailIdentity')
    .some(({ properties }) => properties.optionalText('EmailIdentity') === address);
  return verified ? address : address.slice(address.indexOf('@') + 1);
}
