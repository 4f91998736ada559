import type { Deployment } from '../template/identity.ts';
import type { Backend } from './gateway.ts';
import { escapeXml, xmlError, xmlResult } from './xml.ts';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/**
 * CloudFormation as the command line of ops asks it: the outputs of the stack, and the names of what is in it.
 * @param extraOutputs what a local stack has besides: where its Stripe is
 */
export function cloudFormationBackend(
  deployment: Deployment,
  extraOutputs: Readonly<Record<string, string | undefined>> = {},
): Backend {
  const { stackName } = deployment;
  const members = (items: readonly string[]): string =>
    items.map((item) => `<member>${item}</member>`).join('');
  const element = (name: string, value: unknown): string => `<${name}>${escapeXml(String(value))}</${name}>`;

  const describeStacks = () => {
    const outputs = Object.entries({ ...deployment.outputs(), ...extraOutputs })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => element('OutputKey', key) + element('OutputValue', value));
    const stack =
      element('StackName', stackName) +
      element('StackId', `arn:aws:cloudformation:us-east-1:000000000000:stack/${stackName}/local`) +
      element('StackStatus', 'CREATE_COMPLETE') +
      element('CreationTime', '2026-01-01T00:00:00.000Z') +
      `<Outputs>${members(outputs)}</Outputs>`;
    return xmlResult(NAMESPACE, 'DescribeStacks', `<Stacks>${members([stack])}</Stacks>`);
  };

  const listStackResources = () => {
    const resources = deployment.resources.map(
      ({ logicalId, type, identity }) =>
        element('LogicalResourceId', logicalId) +
        element('PhysicalResourceId', identity.ref) +
        element('ResourceType', type) +
        element('ResourceStatus', 'CREATE_COMPLETE'),
    );
    const summaries = `<StackResourceSummaries>${members(resources)}</StackResourceSummaries>`;
    return xmlResult(NAMESPACE, 'ListStackResources', summaries);
  };

  return async ({ action, input }) => {
    if (action !== 'DescribeStacks' && action !== 'ListStackResources') {
      return xmlError(400, 'InvalidAction', `The local CloudFormation does not know ${action}.`);
    }
    if (input.StackName !== stackName) {
      return xmlError(400, 'ValidationError', `Stack with id ${String(input.StackName)} does not exist`);
    }
    return action === 'DescribeStacks' ? describeStacks() : listStackResources();
  };
}
