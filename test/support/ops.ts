import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LocalStack } from '../../infra/local/runner.ts';
import type { Step } from '../../infra/ops/report.ts';
import { stripeAt } from './stripe-client.ts';

const PROJECT = join(import.meta.dirname, '../..');

export type OpsRun = { code: number | null; stdout: string; stderr: string };
export type Told = { command: string; ok: boolean; steps: Step[] } & Record<string, unknown>;

/** The command line as a process of its own, with nothing of this machine's AWS or Stripe settings. */
export const runOps = (
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
): Promise<OpsRun> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(PROJECT, 'infra/ops/cli.ts'), ...args], {
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
    child.stdin.end(stdin);
  });

/** The command line at a stack on this machine. What it says is searched for every secret that the stack holds. */
export const opsOf = (stack: LocalStack, stage = 'dev') => {
  const run = async (command: string, stdin = ''): Promise<OpsRun> => {
    const place = ['--stage', stage, '--local', stack.gatewayUrl];
    const ran = await runOps([...command.split(' '), ...place], { stdin });
    const said = ran.stdout + ran.stderr;
    for (const secret of [...secretsOf(stack), stdin.trim()].filter((text) => text.length > 7)) {
      if (said.includes(secret)) expect.unreachable(`"${command}" told a secret.`);
    }
    return ran;
  };
  return {
    run,
    /** The exit code, and what is told with `--json`. */
    async json(command: string, stdin = ''): Promise<{ code: number | null; told: Told; text: string }> {
      const { code, stdout, stderr } = await run(`${command} --json`, stdin);
      expect(stderr).toBe('');
      const told = JSON.parse(stdout) as Told;
      return { code, told, text: told.steps.map(({ text, fix = '' }) => `${text} ${fix}`).join('\n') };
    },
  };
};

export const webhookSecretsOf = (stack: LocalStack): string[] =>
  JSON.parse(stack.secrets.get(stack.secretId('StripeWebhook')) ?? '[]') as string[];

/** Leaves the endpoint at Stripe as one looks that was made by hand. */
export const forgetFingerprint = async ({ stripe }: LocalStack): Promise<void> => {
  const { webhookEndpoints } = stripeAt(stripe);
  for (const { id } of stripe.objects.webhookEndpoints) await webhookEndpoints.update(id, { metadata: '' });
};

const secretsOf = (stack: LocalStack): string[] => {
  const tokenKeys = JSON.parse(stack.secrets.get(stack.secretId('TokenKeys')) ?? '{}') as Record<
    string,
    unknown
  >;
  return [
    stack.secrets.get(stack.secretId('StripeKey')) ?? '',
    ...(stack.secrets.get(stack.secretId('StripeWebhook'))?.match(/whsec_\w+/g) ?? []),
    ...Object.values(tokenKeys).filter((value) => typeof value === 'string'),
  ].filter((text) => text !== 'not-set');
};
