/**
 * Reads the evaluated properties of a resource, with an error that names the resource and the property.
 * CloudFormation takes numbers and booleans as strings too, and so does this.
 */
export type Properties = {
  readonly where: string;
  text(name: string): string;
  optionalText(name: string): string | undefined;
  number(name: string, fallback: number): number;
  optionalNumber(name: string): number | undefined;
  flag(name: string, fallback: boolean): boolean;
  list(name: string): readonly unknown[];
  /** The objects of a list, each readable in the same way. */
  objects(name: string): readonly Properties[];
  optionalObject(name: string): Properties | undefined;
  raw(name: string): unknown;
  names(): readonly string[];
};

export function properties(value: unknown, where: string): Properties {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where}: expected an object, not ${JSON.stringify(value)}.`);
  }
  const of = value as Readonly<Record<string, unknown>>;
  const fail = (name: string, expected: string): never => {
    throw new Error(`${where}.${name}: expected ${expected}, not ${JSON.stringify(of[name])}.`);
  };

  const reader: Properties = {
    where,
    text: (name) => reader.optionalText(name) ?? fail(name, 'a string'),
    optionalText(name) {
      const found = of[name];
      if (found === undefined || typeof found === 'string') return found;
      return typeof found === 'number' || typeof found === 'boolean' ? String(found) : fail(name, 'a string');
    },
    number: (name, fallback) => reader.optionalNumber(name) ?? fallback,
    optionalNumber(name) {
      const found = of[name];
      if (found === undefined) return undefined;
      const number = Number(found);
      return Number.isFinite(number) && found !== '' && found !== null ? number : fail(name, 'a number');
    },
    flag(name, fallback) {
      const found = of[name];
      if (found === undefined) return fallback;
      if (found === true || found === 'true') return true;
      return found === false || found === 'false' ? false : fail(name, 'true or false');
    },
    list(name) {
      const found = of[name];
      if (found === undefined) return [];
      return Array.isArray(found) ? found : fail(name, 'a list');
    },
    objects: (name) => reader.list(name).map((item, at) => properties(item, `${where}.${name}[${at}]`)),
    optionalObject: (name) => (of[name] === undefined ? undefined : properties(of[name], `${where}.${name}`)),
    raw: (name) => of[name],
    names: () => Object.keys(of),
  };
  return reader;
}
