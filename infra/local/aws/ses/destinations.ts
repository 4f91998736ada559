import { arn, type Deployment } from '../../template/identity.ts';
import type { EventKind } from './event.ts';
import { eventKinds } from './event.ts';

/** Where SES publishes some of the events of one configuration set. */
export type Destination = { topicArn: string; configurationSetArn: string; types: ReadonlySet<string> };

/** The template's configuration sets and their event destinations. @throws {Error} for a destination that is no topic */
export function readDestinations(deployment: Deployment) {
  const sets = new Set(deployment.ofType('AWS::SES::ConfigurationSet').map(({ identity }) => identity.ref));
  const bySet = new Map<string, Destination[]>();
  for (const { properties } of deployment.ofType('AWS::SES::ConfigurationSetEventDestination')) {
    const set = properties.text('ConfigurationSetName');
    const destination = properties.optionalObject('EventDestination');
    const topic = destination?.optionalObject('SnsDestination');
    if (destination === undefined || topic === undefined) {
      throw new Error(`${properties.where}.EventDestination: the local SES publishes to topics only.`);
    }
    if (!destination.flag('Enabled', true)) continue;
    const known = bySet.get(set) ?? [];
    bySet.set(set, known);
    known.push({
      topicArn: topic.text('TopicARN'),
      configurationSetArn: arn('ses', `configuration-set/${set}`),
      types: new Set(destination.list('MatchingEventTypes').map(String)),
    });
  }
  return {
    has: (configurationSet: string): boolean => sets.has(configurationSet),
    of: (configurationSet: string | undefined, kind: EventKind): readonly Destination[] =>
      (bySet.get(configurationSet ?? '') ?? []).filter(({ types }) => types.has(eventKinds[kind].type)),
  };
}
