import { createHash } from 'node:crypto';
import { conditionHolds, evaluate, NO_VALUE, type Scope } from './intrinsics.ts';
import { type Properties, properties } from './properties.ts';
import { isInert, isRun } from './resource-types.ts';
import type { Assembly, Resource } from './template.ts';

/** What `Ref` and `Fn::GetAtt` answer for a resource. */
export type Identity = { ref: string; attributes: Readonly<Record<string, string>> };

/** The account and region that a local stack pretends to be in; the account is the one that fauxqs knows. */
export const ACCOUNT_ID = '000000000000';
export const REGION = 'us-east-1';

/** Where what has an address is served. Known before the template is evaluated, since the template refers to it. */
export type Addresses = { gatewayUrl: string; urlOf(logicalId: string): string };

/** The resources of a stack, with everything that the template leaves to the deployment filled in. */
export type Deployment = {
  readonly stackName: string;
  readonly resources: readonly DeployedResource[];
  ofType(type: string): readonly DeployedResource[];
  get(logicalId: string): DeployedResource | undefined;
  /**
   * The one resource that a person means by a name: its logical id, its physical name or ARN, or what the CDK code
   * calls it (`Orders`, `first-payment`).
   * @throws {Error} when there is none, or more than one
   */
  find(name: string, types?: readonly string[]): DeployedResource;
  outputs(): Readonly<Record<string, unknown>>;
};

export type DeployedResource = {
  readonly logicalId: string;
  readonly type: string;
  readonly identity: Identity;
  /** Evaluated on first use. */
  readonly properties: Properties;
  /** What the CDK code calls it, as far as the template tells. */
  readonly shortName: string;
};

/** Gives every resource its names and addresses. @throws {Error} for a resource type that is neither run nor inert */
export function deploy(assembly: Assembly, addresses: Addresses): Deployment {
  const { template, stackName } = assembly;
  const declared = new Map<string, Resource>();
  const identities = new Map<string, Identity>();

  const scope: Scope = {
    template,
    ref(name) {
      const pseudo = pseudoParameters(stackName)[name];
      if (pseudo !== undefined) return pseudo;
      const parameter = template.Parameters?.[name];
      if (parameter !== undefined) {
        if (parameter.Default === undefined) throw new Error(`Parameter ${name} has no default.`);
        return parameter.Default;
      }
      return identityOf(name).ref;
    },
    attribute(logicalId, name) {
      const { attributes } = identityOf(logicalId);
      const value = attributes[name];
      if (value !== undefined) return value;
      const type = declared.get(logicalId)?.Type;
      throw new Error(`${type} ${logicalId}: Fn::GetAtt ${name} is not known to the local runner.`);
    },
  };

  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    if (resource.Condition !== undefined && !conditionHolds(resource.Condition, scope)) continue;
    if (!isRun(resource.Type) && !isInert(resource.Type)) {
      throw new Error(
        `${resource.Type} ${logicalId}: the local runner does not know this resource type. ` +
          'Run it, or list it as inert with the reason, in infra/local/template/resource-types.ts.',
      );
    }
    declared.set(logicalId, resource);
  }

  const read = (logicalId: string, resource: Resource): Properties => {
    const where = `${resource.Type} ${logicalId}`;
    return properties(evaluate(resource.Properties ?? {}, scope, where), where);
  };

  function identityOf(logicalId: string): Identity {
    const known = identities.get(logicalId);
    if (known !== undefined) return known;
    const resource = declared.get(logicalId);
    if (resource === undefined)
      throw new Error(`The template refers to ${logicalId}, which it does not hold.`);
    const own = (name: string): string | undefined => {
      const value = evaluate(resource.Properties?.[name], scope, `${resource.Type} ${logicalId}.${name}`);
      return typeof value === 'string' ? value : undefined;
    };
    const identity = identify({ logicalId, type: resource.Type, own, stackName, addresses });
    identities.set(logicalId, identity);
    return identity;
  }

  const resources = [...declared].map(([logicalId, resource]): DeployedResource => {
    let evaluated: Properties | undefined;
    return {
      logicalId,
      type: resource.Type,
      identity: identityOf(logicalId),
      shortName: shortNameOf(logicalId, resource.Type),
      get properties() {
        evaluated ??= read(logicalId, resource);
        return evaluated;
      },
    };
  });

  // Each call that passes the gateway asks for some of them.
  const byType = Map.groupBy(resources, ({ type }) => type);
  const byId = new Map(resources.map((resource) => [resource.logicalId, resource]));

  return {
    stackName,
    resources,
    ofType: (type) => byType.get(type) ?? [],
    get: (logicalId) => byId.get(logicalId),
    find(name, types) {
      const candidates = resources.filter(
        (resource) => isRun(resource.type) && (types === undefined || types.includes(resource.type)),
      );
      const exact = candidates.filter((each) => isNamed(each, name));
      const [found, other] = exact;
      if (found !== undefined && other === undefined) return found;
      const names = (exact.length > 1 ? exact : candidates).map((each) => each.shortName).join(', ');
      throw new Error(`${exact.length} resources are called ${name}; there are: ${names}.`);
    },
    outputs: () =>
      Object.fromEntries(
        Object.entries(template.Outputs ?? {}).map(([name, output]) => [
          name,
          properties(evaluate(output, scope, `Outputs.${name}`), `Outputs.${name}`).raw('Value'),
        ]),
      ),
  };
}

/** Whether a person may call a resource by this name. */
export function isNamed(resource: DeployedResource, name: string): boolean {
  const { ref, attributes } = resource.identity;
  return (
    [resource.logicalId, ref, attributes.Arn, attributes.QueueName].includes(name) ||
    plain(resource.shortName) === plain(name)
  );
}

/** `first-payment`, `FirstPayment` and `firstPayment` are one name. */
function plain(name: string): string {
  return name.replace(/[^a-zA-Z0-9]/g, '').toLowerCase();
}

/**
 * What the CDK code calls a resource: its logical id without the CDK's hash and without the construct's kind, a
 * function or a queue in the way that file names are written (`FirstPaymentFunctionC1D2E3F4` is `first-payment`).
 */
function shortNameOf(logicalId: string, type: string): string {
  const name = logicalId
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/(?<=.)(Table|Function|Queue|Secret|Topic|Url)$/, '');
  if (type !== 'AWS::Lambda::Function' && type !== 'AWS::SQS::Queue') return name;
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

function pseudoParameters(stackName: string): Readonly<Record<string, unknown>> {
  return {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::NoValue': NO_VALUE,
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::StackId': arn('cloudformation', `stack/${stackName}/local`),
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

type Naming = {
  logicalId: string;
  type: string;
  /** A property that names the resource, if the template sets it. */
  own(property: string): string | undefined;
  stackName: string;
  addresses: Addresses;
};

function identify(naming: Naming): Identity {
  const { logicalId, type, own, addresses } = naming;
  const named = (property: string, maxLength: number) =>
    own(property) ?? generatedName(naming.stackName, logicalId, maxLength);

  switch (type) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable': {
      const name = named('TableName', 255);
      return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } };
    }
    case 'AWS::SQS::Queue': {
      const name = named('QueueName', 80);
      const url = `${addresses.gatewayUrl}/${ACCOUNT_ID}/${name}`;
      return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
    }
    case 'AWS::SNS::Topic': {
      const name = named('TopicName', 256);
      const topicArn = arn('sns', name);
      return { ref: topicArn, attributes: { Arn: topicArn, TopicArn: topicArn, TopicName: name } };
    }
    case 'AWS::SecretsManager::Secret': {
      const secretArn = arn('secretsmanager', `secret:${named('Name', 512)}-${shortHash(logicalId, 6)}`);
      return { ref: secretArn, attributes: { Id: secretArn, Arn: secretArn } };
    }
    case 'AWS::Lambda::Function': {
      const name = named('FunctionName', 64);
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    }
    case 'AWS::Lambda::Url': {
      const target = own('TargetFunctionArn') ?? '';
      return {
        ref: target,
        attributes: { FunctionUrl: `${addresses.urlOf(logicalId)}/`, FunctionArn: target },
      };
    }
    case 'AWS::ApiGatewayV2::Api': {
      const id = shortHash(logicalId, 10);
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: addresses.urlOf(logicalId) } };
    }
    case 'AWS::ApiGatewayV2::DomainName': {
      const id = shortHash(logicalId, 10);
      return {
        ref: named('DomainName', 253),
        attributes: {
          RegionalDomainName: `d-${id}.execute-api.${REGION}.amazonaws.com`,
          RegionalHostedZoneId: id.toUpperCase(),
        },
      };
    }
    case 'AWS::Events::Rule': {
      const name = named('Name', 64);
      return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } };
    }
    case 'AWS::Logs::LogGroup': {
      const name = named('LogGroupName', 512);
      // The end stands for the group's streams.
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    }
    case 'AWS::IAM::Role': {
      const name = named('RoleName', 64);
      const roleArn = `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;
      return { ref: name, attributes: { Arn: roleArn, RoleId: shortHash(logicalId, 20) } };
    }
    default: {
      const name = own('Name') ?? logicalId;
      const service = type.split('::')[1]?.toLowerCase() ?? 'local';
      return {
        ref: name,
        attributes: { Arn: arn(service, name), LogGroupName: name, Id: name, Name: name },
      };
    }
  }
}

/** Of something in this account and region. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
}

/** As CloudFormation: stack, logical id, and something that makes it unique where it had to be cut. */
function generatedName(stackName: string, logicalId: string, maxLength: number): string {
  const whole = `${stackName}-${logicalId}`;
  if (whole.length <= maxLength) return whole;
  return `${whole.slice(0, maxLength - 9)}-${shortHash(whole, 8)}`;
}

function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
