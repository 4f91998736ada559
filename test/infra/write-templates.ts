import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stages } from './stages.ts';
import { templateOf } from './template.ts';

/** `node test/infra/write-templates.ts <folder>`: the template of every kind of stage, for a linter that is not ours. */
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name the folder that the templates go to.');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const [name, [stage, context]] of Object.entries(stages)) {
  const file = join(folder, `${name.replaceAll(' ', '-')}.template.json`);
  writeFileSync(file, JSON.stringify(await templateOf(stage, context), null, 1));
}
