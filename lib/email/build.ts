/**
 * Compiles the mails: `npm run email:build` writes `compiled.generated.ts`, `… -- --check` only says whether
 * it is what the templates and words would give now (exit code 1 when not).
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { render, toPlainText } from '@react-email/render';
import { transformSync } from 'esbuild';
import type { ReactElement } from 'react';
import { Language } from '../domain/roster.ts';
import { words } from '../words/words.ts';

const output = new URL('compiled.generated.ts', import.meta.url);

/** Node strips types, but knows no TSX. */
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.tsx')
      ? {
          format: 'module',
          source: transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
            loader: 'tsx',
            jsx: 'automatic',
            sourcefile: fileURLToPath(url),
            sourcemap: 'inline',
          }).code,
          shortCircuit: true,
        }
      : next(url, context),
});

const compileHtml = async (mail: ReactElement): Promise<string> => {
  const html = await render(mail);
  return (
    html
      // React's marks for its own use in a browser.
      .replace(/<!--(?:\/?\$| |html|head|body)-->/g, '')
      // A line per row: what changed shows in a diff, and no line outgrows what mail allows.
      .replace(/(?=<(?:table|td|h1|p)\b)/g, '\n')
  );
};

const compileText = async (mail: ReactElement): Promise<string> =>
  toPlainText(await compileHtml(mail), {
    selectors: [
      { selector: 'h1', options: { uppercase: false, leadingLineBreaks: 2 } },
      { selector: 'p.fact', format: 'paragraph', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'a', options: { ignoreHref: true } },
    ],
  })
    // A part that is left out takes the lines before it along.
    .replace(/\n+((?:\{\{[#^/]\w+\}\})+)(?=\n|$)/g, '$1')
    .trim()
    .concat('\n');

/** The source of one text, with its line breaks as they are. */
const literal = (text: string): string => `\`${text.replace(/[\\`]|\$\{/g, '\\$&')}\``;

const compile = async (): Promise<string> => {
  const { templates } = await import('./templates/templates.tsx');
  const lines: string[] = [];
  const versions: string[] = [];
  for (const [name, { subject, Mail }] of Object.entries(templates)) {
    const start = lines.length;
    lines.push(`  '${name}': {`);
    for (const language of Language.options) {
      const own = words[language];
      lines.push(
        `    ${language}: {`,
        `      subject: ${literal(subject(own))},`,
        `      html: ${literal(await compileHtml(Mail({ language, words: own, medium: 'html' })))},`,
        `      text: ${literal(await compileText(Mail({ language, words: own, medium: 'text' })))},`,
        '    },',
      );
    }
    lines.push('  },');
    versions.push(`  '${name}': '${versionOf(lines.slice(start).join('\n'))}',`);
  }
  return `// Written by \`npm run email:build\` from templates/ and ../words/. Do not edit.
import type { Blast } from '../domain/blast.ts';
import type { Language } from '../domain/roster.ts';

type Compiled = { subject: string; html: string; text: string };

export const compiled: Record<Blast['template'], Record<Language, Compiled>> = {
${lines.join('\n')}
};

/** Changes with any word or pixel of a template: what was approved is what leaves. */
export const templateVersions: Record<Blast['template'], string> = {
${versions.join('\n')}
};
`;
};

const versionOf = (source: string): string => createHash('sha256').update(source).digest('hex').slice(0, 16);

const fresh = await compile();
if (process.argv.includes('--check')) {
  if (readFileSync(output, 'utf8') !== fresh) {
    console.error('compiled.generated.ts is not what the mail templates give now. Run: npm run email:build');
    process.exitCode = 1;
  }
} else {
  writeFileSync(output, fresh);
  console.log(`Wrote ${fileURLToPath(output)}`);
}
