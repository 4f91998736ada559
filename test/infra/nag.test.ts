import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { suppressions } from './nag-suppressions.ts';
import { stages } from './stages.ts';
import { constructsOf } from './template.ts';

const packs = [new AwsSolutionsChecks(), new ServerlessChecks()];

/** `rule at path`, the path without the stack. */
const findingsIn = (app: App): string[] =>
  packs.flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(
          ({ constructPath = '' }) => `${ruleName} at ${constructPath.replace(/^[^/]*\//, '')}`,
        ),
      ),
  );

const suppressed = suppressions.flatMap(({ rule, at }) => at.map((path) => `${rule} at ${path}`));

const acknowledgeIn = (app: App): void => {
  const [stack] = app.node.children;
  if (stack === undefined) throw new Error('The app has no stack.');
  for (const { rule, at, because } of suppressions) {
    for (const path of at) {
      const found = path
        .split('/')
        .reduce<typeof stack | undefined>((scope, id) => scope?.node.tryFindChild(id), stack);
      if (found !== undefined) Validations.of(found).acknowledge({ id: rule, reason: because });
    }
  }
};

describe('cdk-nag, AwsSolutions and Serverless', () => {
  const found = new Map<string, string[]>();
  const left = new Map<string, string[]>();
  beforeAll(async () => {
    for (const [name, [stage, context]] of Object.entries(stages)) {
      const app = await constructsOf(stage, context);
      found.set(name, findingsIn(app));
      acknowledgeIn(app);
      left.set(name, findingsIn(app));
    }
  });

  test.each(Object.keys(stages))('finds nothing in %s but what stands with a reason', (name) => {
    expect(left.get(name)).toEqual([]);
  });

  test('finds everything that stands with a reason: none is left over from what was mended', () => {
    const everywhere = new Set([...found.values()].flat());
    expect(suppressed.filter((each) => !everywhere.has(each))).toEqual([]);
  });

  test('each finding stands with one reason', () => {
    expect(suppressed.filter((each, at) => suppressed.indexOf(each) !== at)).toEqual([]);
  });
});
