import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../functions.ts';

export type ClubFunctionProps = {
  spec: FunctionSpec;
  /** Holds `index.js`. */
  bundleDirectory: string;
  environment: Record<string, string>;
  permissions: PolicyStatement[];
  ephemeral: boolean;
};

/** One Lambda function with a role and a log group of its own. */
export class ClubFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: ClubFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', logsOf(props));
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.spec.description,
      inlinePolicies: {
        permissions: new PolicyDocument({
          statements: [
            ...props.permissions,
            new PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn], // ends in `:*`, the streams of this one group
            }),
          ],
        }),
      },
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.spec.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.bundleDirectory),
      memorySize: props.spec.memoryMb,
      timeout: Duration.seconds(props.spec.timeoutSeconds),
      // Frozen: what a function may do is said in functions.ts alone, and no construct adds to it on the way.
      role: role.withoutPolicyUpdates(),
      environment: props.environment,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      // No reserved concurrency: a new account has ten in all, and what one function reserves the clicks lack.
    });
    // CDK has a function wait for its role (DependsOn), which it names anyway: harmless, and not to be turned off there.
    suppressLint(this.lambda, ['W3005']);
  }
}

/** Findings of cfn-lint that stand at this one resource; the reason is beside the call. */
const suppressLint = (lambda: LambdaFunction, ignore_checks: string[]): void => {
  const { defaultChild } = lambda.node;
  if (!(defaultChild instanceof CfnFunction)) throw new Error(`${lambda.node.path} has no resource.`);
  defaultChild.addMetadata('cfn-lint', { config: { ignore_checks } });
};

/** How long lines are kept: they hold ids only. */
export const logsOf = (props: { ephemeral: boolean }) => ({
  retention: props.ephemeral ? RetentionDays.ONE_WEEK : RetentionDays.THREE_MONTHS,
  removalPolicy: props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
});
