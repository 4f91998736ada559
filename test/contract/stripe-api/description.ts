import { readFileSync } from 'node:fs';
import { isObject, nounOf } from './sample.ts';

/** As much of OpenAPI 3.0's schemas as Stripe uses for answers. */
type Schema = {
  $ref?: string;
  type?: 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string';
  nullable?: boolean;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
};

type Answers = Record<string, { content: Record<string, { schema: Schema }> }>;
type OpenApi = {
  info: { version: string };
  components: { schemas: Record<string, Schema> };
  paths: Record<string, Record<string, { responses: Answers }>>;
};

/** Stripe's own description of its API. */
export type Description = {
  /** `2026-08-26.dahlia` */
  version: string;
  /**
   * Where an answer is not of the shape that is described.
   * @param operation `GET /v1/refunds/:id`
   */
  unlikeAnswer(operation: string, status: number, answer: unknown): string[];
  /** The same for an object that came in an event. */
  unlikeObject(object: unknown): string[];
};

/** Reads `openapi/spec3.json` of Stripe's, which stripe-mock carries as `embedded/openapi/spec3.json`. */
export const readDescription = (file: string): Description => {
  const { info, components, paths } = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const schemas = components.schemas;

  const resolved = ({ $ref, ...schema }: Schema): Schema => {
    if ($ref === undefined) return schema;
    const found = schemas[$ref.slice('#/components/schemas/'.length)];
    if (found === undefined) throw new Error(`The description names ${$ref}, and does not have it.`);
    return resolved(found);
  };

  const unlike = (described: Schema, value: unknown, at: string): string[] => {
    const schema = resolved(described);
    if (value === null) return schema.nullable === true ? [] : [`${at} is null`];
    if (schema.anyOf !== undefined) return unlikeEach(schema.anyOf, value, at);
    if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at} is ${String(value)}`];
    if (schema.type === undefined) return [];
    if (!isOfType(schema.type, value)) return [`${at} is not of type ${schema.type}`];
    if (Array.isArray(value)) return value.flatMap((item) => unlike(schema.items ?? {}, item, at));
    return isObject(value) ? unlikeFields(schema, value, at) : [];
  };

  /** Of the alternatives that can be meant (an id or the object; this object or another), the one that comes nearest. */
  const unlikeEach = (alternatives: readonly Schema[], value: unknown, at: string): string[] => {
    const meant = alternatives.map(resolved).filter(({ type, properties }) => {
      if (type !== undefined && !isOfType(type, value)) return false;
      const nouns = properties?.object?.enum;
      return nouns === undefined || !isObject(value) || nouns.includes(value.object);
    });
    const [nearest] = meant
      .map((alternative) => unlike(alternative, value, at))
      .toSorted((a, b) => a.length - b.length);
    return nearest ?? [`${at} is none of what it can be`];
  };

  const unlikeFields = (schema: Schema, value: Record<string, unknown>, at: string): string[] => {
    const { properties = {}, required = [], additionalProperties } = schema;
    const noun = nounOf(value) ?? at;
    const missing = required
      .filter((field) => !(field in value))
      .map((field) => `${noun}.${field} is missing`);
    const fields = Object.entries(value).flatMap(([field, inside]) => {
      const described =
        properties[field] ?? (isObject(additionalProperties) ? additionalProperties : undefined);
      if (described !== undefined) return unlike(described, inside, `${noun}.${field}`);
      const isOpen = schema.properties === undefined || additionalProperties === true;
      return isOpen ? [] : [`${noun}.${field} is unknown`];
    });
    return [...missing, ...fields];
  };

  return {
    version: info.version,
    unlikeAnswer: (operation, status, answer) => {
      const [method = '', path = ''] = operation.split(' ');
      const here = path.split('/');
      const found = Object.entries(paths).find(([template]) => {
        const there = template.split('/');
        return (
          there.length === here.length &&
          there.every((segment, i) => (here[i] === ':id' ? segment.startsWith('{') : segment === here[i]))
        );
      });
      const answers = found?.[1][method.toLowerCase()]?.responses;
      const schema = answers?.[status === 200 ? '200' : 'default']?.content['application/json']?.schema;
      return schema === undefined ? [`${operation} is unknown`] : unlike(schema, answer, '');
    },
    unlikeObject: (object) => {
      const noun = isObject(object) ? nounOf(object) : undefined;
      const schema = schemas[noun ?? ''];
      return schema === undefined ? [`${noun} is unknown`] : unlike(schema, object, '');
    },
  };
};

const isOfType = (type: NonNullable<Schema['type']>, value: unknown): boolean => {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
};
