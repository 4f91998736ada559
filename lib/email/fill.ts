/**
 * What a compiled mail leaves open. The templates are words and layout; at run time these values are put
 * between them, and a part whose value is null is left out. No React, no parsing of markup.
 */
export type MailValues = {
  clubName: string;
  contact: string;
  contactHref: string | null;
  parentName: string | null;
  playerName: string;
  productName: string;
  period: string | null;
  amount: string;
  payBy: string | null;
  payUrl: string;
  deadLink: 'replaced' | null;
  /** Of a reminder, and of nothing else. */
  unsubscribeUrl: string | null;
};
export type Field = keyof MailValues;
/** The parts that a mail may have or not. */
export type OptionalField = { [F in Field]: null extends MailValues[F] ? F : never }[Field];

/** Stands for a value in a template. */
export const field = (name: Field): string => `{{${name}}}`;
/** What stands around a part that a mail has only with a value (`#`), or only without it (`^`). */
export const around = (when: '#' | '^', name: OptionalField): [start: string, end: string] => [
  `{{${when}${name}}}`,
  `{{/${name}}}`,
];

const parts = /\{\{([#^])(\w+)\}\}(.*?)\{\{\/\2\}\}/gs;
const fields = /\{\{(\w+)\}\}/g;

/**
 * A template with its values. Parts are chosen first, and every value is put in once, by one pass: a name
 * that looks like a placeholder stays a name.
 */
export const fill = (
  template: string,
  values: MailValues,
  escapeValue: (value: string) => string,
): string => {
  const byName = new Map<string, string | null>(Object.entries(values));
  return template
    .replace(parts, (_, mark: string, name: string, part: string) =>
      (byName.get(name) === null) === (mark === '^') ? part : '',
    )
    .replace(fields, (placeholder: string, name: string) =>
      byName.has(name) ? escapeValue(byName.get(name) ?? '') : placeholder,
    );
};
