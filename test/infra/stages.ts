import { DURABLE, DURABLE_DNS_ELSEWHERE, DURABLE_WITHOUT_DOMAIN } from './template.ts';

/** Every kind of stage that a club can have, and what it has to be told. */
export const stages: Readonly<Record<string, readonly [stage: string, context: Record<string, string>]>> = {
  'an ephemeral stage': ['dev', {}],
  'a stage with its domain in Route 53': ['prod', DURABLE],
  'a stage with its domain elsewhere': ['prod', DURABLE_DNS_ELSEWHERE],
  'a stage without a domain': ['prod', DURABLE_WITHOUT_DOMAIN],
};
