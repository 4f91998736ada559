import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  IpAddressType,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { FilterPattern, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName } from '../functions.ts';
import { type Alarms, summed } from './alarms.ts';
import { type ClubFunction, logsOf } from './club-function.ts';

type Throttle = { requestsPerSecond: number; burst: number };
type Route = {
  method: HttpMethod;
  path: string;
  to: FunctionName;
  /** `public`: whoever holds the link. `iam`: a signed request of a principal that ops has admitted. */
  access: 'public' | 'iam';
  throttle?: Throttle;
};

/** Several clicks of every family within a minute of a blast; a flood beyond it gets the API's own 429. */
const THROTTLE: Throttle = { requestsPerSecond: 50, burst: 100 };
/** Each of these may open something at Stripe, which allows a sandbox 25 requests a second in all. */
const STRIPE_THROTTLE: Throttle = { requestsPerSecond: 5, burst: 10 };

// A GET route does not serve HEAD, and mail scanners ask with HEAD: without its own route they see a dead link.
const page = (path: string, to: FunctionName): Route[] => [
  { method: HttpMethod.GET, path, to, access: 'public' },
  { method: HttpMethod.HEAD, path, to, access: 'public' },
];

export const routes: readonly Route[] = [
  ...page('/pay/{token}', 'first-payment'),
  ...page('/checkout/first-payment', 'first-payment'),
  ...page('/unsubscribe/{token}', 'unsubscribe'),
  // The page's button, and the one that a mailbox shows beside a reminder: https://www.rfc-editor.org/rfc/rfc8058
  { method: HttpMethod.POST, path: '/unsubscribe/{token}', to: 'unsubscribe', access: 'public' },
  {
    method: HttpMethod.POST,
    path: '/orders/{orderId}/link',
    to: 'mint-link',
    access: 'iam',
    throttle: STRIPE_THROTTLE,
  },
  { method: HttpMethod.PUT, path: '/orders/{orderId}', to: 'keep-record', access: 'iam' },
  { method: HttpMethod.PUT, path: '/families/{familyId}', to: 'keep-record', access: 'iam' },
  { method: HttpMethod.PUT, path: '/players/{playerId}/contract', to: 'keep-record', access: 'iam' },
  {
    method: HttpMethod.POST,
    path: '/checkout',
    to: 'start-checkout',
    access: 'iam',
    throttle: STRIPE_THROTTLE,
  },
];

export type PublicApiProps = {
  /** Of the API, and of the namespace of its metrics. */
  name: string;
  alarms: Alarms;
  ephemeral: boolean;
};

/** The HTTP API that parents and the club's own systems reach. */
export class PublicApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: PublicApiProps) {
    super(scope, id);
    // Its own host name stays open beside the club's domain: links may have been mailed with it before there was one.
    this.api = new HttpApi(this, 'Api', {
      apiName: props.name,
      createDefaultStage: false,
      ipAddressType: IpAddressType.DUAL_STACK,
    });
    const accessLogs = new LogGroup(this, 'AccessLogs', logsOf(props));
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: THROTTLE.requestsPerSecond, burstLimit: THROTTLE.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        // The route, never the path or the query: they hold pay tokens. No address of the parent either.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            route: '$context.routeKey',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            // What the function answered, and what Lambda did: where both are missing the API answered by itself.
            functionStatus: '$context.integration.status',
            integrationStatus: '$context.integrationStatus',
            integrationError: '$context.integrationErrorMessage',
          }),
        ),
      },
    });

    // No metric of the API tells a 429 from a page that says "not found"; the log does.
    const turnedAway = accessLogs.addMetricFilter('TurnedAway', {
      filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
      metricNamespace: props.name,
      metricName: 'TurnedAway',
    });
    props.alarms.add('ApiTurnsAway', {
      description: 'The API answered 429 by itself: requests came faster than its throttle allows',
      runbook: 'The API turns requests away',
      metric: turnedAway.metric(summed(5)),
      atLeast: 1,
    });
    props.alarms.add('ApiFails', {
      description:
        'The API answered 5xx: by itself where the access log has no functionStatus, else a function that could not reach Stripe or its tables',
      runbook: 'The API answers 5xx',
      metric: this.api.metricServerError(summed(5)),
      atLeast: 1,
    });
  }

  /** Called once the functions exist: they need this API's address, and its routes need them. */
  connect(functions: Readonly<Record<FunctionName, ClubFunction>>): void {
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    const authorizer = new HttpIamAuthorizer();
    const stage = this.stage.node.defaultChild as CfnStage;
    const throttles: Record<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }> = {};
    for (const { method, path, to, access, throttle } of routes) {
      const integration = integrations.get(to) ?? new HttpLambdaIntegration(to, functions[to].lambda);
      integrations.set(to, integration);
      const routeKey = `${method} ${path}`;
      const route = new HttpRoute(this, routeKey, {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(path, method),
        integration,
        ...(access === 'iam' ? { authorizer } : {}),
      });
      if (throttle !== undefined) {
        throttles[routeKey] = {
          ThrottlingRateLimit: throttle.requestsPerSecond,
          ThrottlingBurstLimit: throttle.burst,
        };
        // A stage can't be made with settings of a route that isn't there yet.
        stage.node.addDependency(route);
      }
    }
    stage.routeSettings = throttles;
  }
}
