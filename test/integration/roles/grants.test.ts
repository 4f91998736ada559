import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enforceRoles } from '../../../infra/local/aws/authorizer.ts';
import { type Question, readPolicies } from '../../../infra/local/aws/iam/policies.ts';
import { assemblyDirectoryFor } from '../../../infra/local/runner.ts';
import { readAssembly } from '../../../infra/local/template/template.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { deployed, type Grant, grantsOfRoles, grantsOfServices, grantsOfTriggers } from './grants.ts';
import { tour, visit } from './tour.ts';

const assembly = readAssembly(await assemblyDirectoryFor());
const deployment = deployed(assembly);

/** Lambda itself writes a function's log, with the function's role: nothing of it passes the gateway. */
const isForLogs = ({ action }: Grant): boolean => action.startsWith('logs:');
const ofRoles = grantsOfRoles(deployment);
const grants = [
  ...ofRoles.filter((grant) => !isForLogs(grant)),
  ...grantsOfTriggers(deployment),
  ...grantsOfServices(deployment),
];

/** The chapters that asked for something, by the question. `the start`: asked before there was anything to visit. */
const asked = new Map<string, { question: Question; chapters: Set<string> }>();
const START = 'the start';
let chapter = START;

let test: TestStack;
beforeAll(async () => {
  const authorizer = enforceRoles((question) => {
    const key = JSON.stringify(question);
    const known = asked.get(key) ?? { question, chapters: new Set() };
    asked.set(key, known);
    known.chapters.add(chapter);
  });
  test = await startTestStack({ authorizer });
});
afterAll(() => test?.stop());

describe('with the permissions of the template', () => {
  it.each(Object.keys(tour))('%s', async (name) => {
    chapter = name;
    await visit(name, test);
  });
});

/** What was asked on the tour and would be refused without a grant. */
const refusedWithout = (grant: Grant): { question: Question; chapters: Set<string> }[] => {
  const policies = readPolicies(deployed(assembly, grant.without(assembly.template)));
  return [...asked.values()].filter(({ question }) => !policies.verdictOn(question).allowed);
};

const chaptersThatNeed = (grant: Grant): string[] => [
  ...new Set(refusedWithout(grant).flatMap(({ chapters }) => [...chapters])),
];

describe('each permission is needed', () => {
  it.each(grants.map((grant) => [grant.name, grant] as const))('%s', (name, grant) => {
    // Nobody who was shown everything missed it: the grant is one too many, or the tour has a room too few.
    expect(chaptersThatNeed(grant), `Nothing on the tour needs ${name}`).not.toEqual([]);
  });

  it('and Lambda may write to the function’s own log, and to no other', () => {
    for (const { properties, shortName } of deployment.ofType('AWS::Lambda::Function')) {
      const group = properties.optionalObject('LoggingConfig')?.text('LogGroup') ?? '';
      const own = deployment.ofType('AWS::Logs::LogGroup').find(({ identity }) => identity.ref === group);
      const granted = ofRoles.filter((grant) => grant.functionName === shortName && isForLogs(grant));
      expect(granted.map(({ action, resource }) => [action, resource])).toEqual([
        ['logs:CreateLogStream', own?.identity.attributes.Arn],
        ['logs:PutLogEvents', own?.identity.attributes.Arn],
      ]);
    }
  });
});

/** To draw the same again: `ROLES_SEED=… npm test -- grants`. To draw all, which takes minutes: `ROLES_DRAWN=1000`. */
const seed = Number(process.env.ROLES_SEED ?? Math.floor(Math.random() * 1_000_000));
const drawn = Number(process.env.ROLES_DRAWN ?? 2);

describe(`a stack without one of them, drawn with seed ${seed}`, () => {
  it.each(draw(grants, drawn, seed).map((grant) => [grant.name, grant] as const))(
    'fails for want of %s',
    async (_, grant) => {
      // A topic's subscription is asked about at the start too, which goes well without it.
      const chapters = chaptersThatNeed(grant).filter((chapter) => chapter !== START);
      const { message } = await failureOf(chapters, grant);
      expect(message).toContain(grant.functionName);
      // SQS writes its actions in small letters, and SES has quotation marks around both.
      expect(message.toLowerCase().replace(/[`']/g, '').replaceAll('resource ', 'resource: ')).toContain(
        `${grant.action} on resource: ${grant.resource}`.toLowerCase(),
      );
    },
  );
});

/** Without pollers that may poll, a stack does not even start. */
const failureOf = async (chapters: readonly string[], grant: Grant): Promise<Error> => {
  let lacking: TestStack | undefined;
  try {
    lacking = await startTestStack({ changed: grant.without });
    // The first may have needed it only for what chapters before it had left behind: then one of the next does.
    for (const name of chapters) await visit(name, lacking);
  } catch (error) {
    return error as Error;
  } finally {
    await lacking?.stop();
  }
  throw new Error(`${chapters.join(', ')} went well without ${grant.name}.`);
};

/** Some of a list, by chance. A seed always draws the same. @see https://en.wikipedia.org/wiki/Linear_congruential_generator */
function draw<T>(from: readonly T[], count: number, seed: number): T[] {
  let state = seed;
  const left = [...from];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return left.splice(Math.floor((state / 2 ** 32) * left.length), 1);
  }).flat();
}
