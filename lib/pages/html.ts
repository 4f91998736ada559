import { htmlEscape } from 'escape-goat';

/** Markup that is finished: a value that went into it as text was escaped then, and is not escaped again. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Markup from a template: text is escaped, markup stays as it is. */
export const html = (
  strings: TemplateStringsArray,
  ...values: (string | Markup | readonly Markup[])[]
): Markup =>
  new Markup(
    strings.reduce((sofar, string, index) => {
      const value = values[index - 1];
      return sofar + (value === undefined ? '' : escaped(value)) + string;
    }),
  );

const escaped = (value: string | Markup | readonly Markup[]): string => {
  if (typeof value === 'string') return htmlEscape(value);
  return value instanceof Markup ? value.text : value.map((part) => part.text).join('');
};

export const nothing = html``;
