import type { Deployment } from '../../template/identity.ts';
import { ACCOUNT_ID } from '../../template/identity.ts';
import { arnMatches } from './patterns.ts';

/** What starts a function without a role of ours to speak for it. */
export type Trigger =
  /** An HTTP API, or a rule of EventBridge. */
  | { kind: 'service'; principal: string; sourceArn: string }
  /** Whoever knows the Function URL, which asks for no signature. */
  | { kind: 'function-url' };

export const nameOfTrigger = (trigger: Trigger): string =>
  trigger.kind === 'service'
    ? `${trigger.principal} (${trigger.sourceArn})`
    : 'Anybody with the Function URL';

type Permission = {
  functionName: string;
  action: string;
  principal: string;
  sourceArn: string | undefined;
  sourceAccount: string | undefined;
  urlAuthType: string | undefined;
  viaUrlOnly: boolean;
};

const KNOWN = [
  'Action',
  'FunctionName',
  'FunctionUrlAuthType',
  'InvokedViaFunctionUrl',
  'Principal',
  'SourceAccount',
  'SourceArn',
];

/** The template's `AWS::Lambda::Permission`s. @throws {Error} for a property or an action that is not known */
export function readLambdaPermissions(deployment: Deployment): readonly Permission[] {
  return deployment.ofType('AWS::Lambda::Permission').map(({ properties }) => {
    for (const name of properties.names()) {
      if (!KNOWN.includes(name))
        throw new Error(`${properties.where}.${name}: is not known to the local runner.`);
    }
    const action = properties.text('Action');
    if (action !== INVOKE && action !== INVOKE_URL)
      throw new Error(`${properties.where}.Action: ${action} is not known to the local runner.`);
    return {
      functionName: deployment.find(properties.text('FunctionName'), ['AWS::Lambda::Function']).identity.ref,
      action,
      principal: properties.text('Principal'),
      sourceArn: properties.optionalText('SourceArn'),
      sourceAccount: properties.optionalText('SourceAccount'),
      urlAuthType: properties.optionalText('FunctionUrlAuthType'),
      viaUrlOnly: properties.flag('InvokedViaFunctionUrl', false),
    };
  });
}

const INVOKE = 'lambda:InvokeFunction';
const INVOKE_URL = 'lambda:InvokeFunctionUrl';

/**
 * The first thing that a trigger lacks; undefined if it may. A Function URL needs two permissions.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
export function lackingOf(
  permissions: readonly Permission[],
  trigger: Trigger,
  functionName: string,
): string | undefined {
  const held = permissions.filter((each) => each.functionName === functionName);
  if (trigger.kind === 'service') {
    const { principal, sourceArn } = trigger;
    const admits = (each: Permission): boolean =>
      each.action === INVOKE &&
      (each.principal === principal || each.principal === '*') &&
      !each.viaUrlOnly &&
      (each.sourceArn === undefined || arnMatches(each.sourceArn, sourceArn)) &&
      (each.sourceAccount === undefined || each.sourceAccount === ACCOUNT_ID);
    return held.some(admits) ? undefined : INVOKE;
  }
  const open = held.filter(({ principal, sourceArn }) => principal === '*' && sourceArn === undefined);
  const unsigned = ({ urlAuthType }: Permission): boolean => (urlAuthType ?? 'NONE') === 'NONE';
  if (!open.some((each) => each.action === INVOKE_URL && unsigned(each))) return INVOKE_URL;
  return open.some((each) => each.action === INVOKE) ? undefined : INVOKE;
}
