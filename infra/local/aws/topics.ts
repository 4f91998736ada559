import type { Deployment } from '../template/identity.ts';
import type { ServiceAct } from './authorizer.ts';
import type { Emulator } from './emulators.ts';

export type Topics = {
  /**
   * Hands messages to a topic in a service's name, ten at most. What a policy does not allow does not arrive, and
   * nobody is told, as on AWS.
   * @param by the service, and the ARN of what it acts for
   */
  publish(by: Publisher, messages: readonly string[]): Promise<void>;
};

/** `service`: its principal, `ses.amazonaws.com`. `source`: ARN of what it acts for. */
type Publisher = { service: string; source: string; topicArn: string };

/** Creates the template's topics and their subscriptions in fauxqs, where its queues are already. */
export async function createTopics(options: {
  emulator: Emulator;
  deployment: Deployment;
  region: string;
  /** Whether a policy allows it. Asked when the stack starts. */
  allows(act: ServiceAct): boolean;
  /** The same for each message, with a refusal kept. */
  mayAct(act: ServiceAct): boolean;
}): Promise<Topics> {
  const { emulator, deployment } = options;

  async function sns(input: Record<string, string>): Promise<void> {
    const answer = await emulator.send({
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=runner/20260101/${options.region}/sns/aws4_request`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(input).toString(),
    });
    if (answer.status !== 200) throw new Error(`SNS ${input.Action}: ${answer.body.toString('utf8')}`);
  }

  for (const topic of deployment.ofType('AWS::SNS::Topic')) {
    await sns({ Action: 'CreateTopic', Name: topic.identity.attributes.TopicName ?? '' });
  }
  /** What the topics do with each message. */
  const handOvers = new Map<string, ServiceAct[]>();
  for (const { properties } of deployment.ofType('AWS::SNS::Subscription')) {
    if (properties.text('Protocol') === 'email') continue; // alarms only, and no metrics here
    if (properties.text('Protocol') !== 'sqs') {
      throw new Error(
        `${properties.where}: only subscriptions of queues and of addresses are known to the local runner.`,
      );
    }
    const topicArn = properties.text('TopicArn');
    const queueArn = properties.text('Endpoint');
    const handOver: ServiceAct = {
      service: 'sns.amazonaws.com',
      source: topicArn,
      action: 'sqs:SendMessage',
      resource: queueArn,
    };
    handOvers.set(topicArn, [...(handOvers.get(topicArn) ?? []), handOver]);
    // SNS subscribes a queue that does not admit it, and then cannot deliver. fauxqs evaluates nothing.
    if (!options.allows(handOver)) continue;
    await sns({
      Action: 'Subscribe',
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      'Attributes.entry.1.key': 'RawMessageDelivery',
      'Attributes.entry.1.value': String(properties.flag('RawMessageDelivery', false)),
    });
  }

  return {
    async publish({ service, source, topicArn }, messages) {
      if (!options.mayAct({ service, source, action: 'sns:Publish', resource: topicArn })) return;
      const arrives = (handOvers.get(topicArn) ?? []).filter(options.mayAct);
      if (arrives.length === 0) return;
      await sns({
        Action: 'PublishBatch',
        TopicArn: topicArn,
        ...Object.fromEntries(
          messages.flatMap((message, at) => {
            const entry = `PublishBatchRequestEntries.member.${at + 1}`;
            return [
              [`${entry}.Id`, String(at)],
              [`${entry}.Message`, message],
            ];
          }),
        ),
      });
    },
  };
}
