import { expect, test } from 'vitest';
import { runAssembly } from '../../infra/local/stack.ts';
import { readAssembly } from '../../infra/local/template/template.ts';
import { assemblyOf, DURABLE } from './template.ts';

test('a stage with everything that a club can ask for runs on one machine too', async () => {
  const outputs = await assemblyOf('prod', DURABLE, async ({ directory }) => {
    const stack = await runAssembly(readAssembly(directory));
    try {
      return { ...stack.outputs, answer: (await fetch(`${stack.apiUrl}/pay/x`)).status };
    } finally {
      await stack.stop();
    }
  });
  expect(outputs).toMatchObject({
    answer: 200,
    BaseUrl: 'https://pay.hillside.example',
    DomainTarget: expect.stringMatching(/^d-.*\.execute-api\./),
    AlarmTopicArn: expect.stringMatching(/^arn:aws:sns:/),
  });
});
