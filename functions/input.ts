import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { InvalidInput } from '../lib/domain/errors.ts';
import { rawBodyOf } from './http.ts';

/** The body, as its schema says. @throws {InvalidInput} naming the fields that are wrong */
export const bodyOf = <S extends z.ZodMiniType>(event: APIGatewayProxyEventV2, schema: S): z.output<S> =>
  parseInput(schema, parseJson(rawBodyOf(event).toString('utf8')));

export const parseInput = <S extends z.ZodMiniType>(schema: S, input: unknown): z.output<S> => {
  // The schema library's small edition brings no words of its own; they are made when something is to be said.
  const parsed = schema.safeParse(input, { error: (issue) => en().localeError(issue) });
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`,
  );
  throw new InvalidInput(`This request can't be read. ${fields.join('; ')}.`);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput('The body is not JSON.');
  }
};
