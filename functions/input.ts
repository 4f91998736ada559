import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { InvalidInput } from '../lib/domain/errors.ts';
import { rawBodyOf } from './http.ts';

/** The body, as its schema says. @throws {InvalidInput} naming the fields that are wrong */
export const bodyOf = <S extends v.GenericSchema>(
  event: APIGatewayProxyEventV2,
  schema: S,
): v.InferOutput<S> => parseInput(schema, parseJson(rawBodyOf(event).toString('utf8')));

export const parseInput = <S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> => {
  const parsed = v.safeParse(schema, input, { message: rule });
  if (parsed.success) return parsed.output;
  const fields = parsed.issues.map((issue) => `${fieldOf(issue)}: ${issue.message}`);
  throw new InvalidInput(`This request can't be read. ${fields.join('; ')}.`);
};

/** A name of ours, or a misspelt one. Whatever else stands in its place is not repeated: this is logged. */
const fieldOf = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue);
  if (path === null) return 'the body';
  return /^[A-Za-z0-9_.]{1,80}$/.test(path) ? path : 'a field';
};

/** What a rule without words of its own asks for. Never what was given: this is logged, and may be an address. */
const rule = ({ received, expected }: v.BaseIssue<unknown>): string => {
  if (received === 'undefined') return 'is missing';
  if (expected === 'never') return 'is not known here';
  return expected === null ? 'is not valid' : `must be ${expected}`;
};

/** @throws {InvalidInput} without any part of the text, as the parser's own error would have it */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput('The body is not JSON.');
  }
};
