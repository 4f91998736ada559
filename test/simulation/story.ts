import type { Line, Violation } from './club.ts';
import { live } from './history.ts';
import type { Plan } from './plan.ts';

/** A history as a person can read it: what happened, to whom, on which day and at what time, and what came of it. */
export const storyOf = async (plan: Plan, violation?: Violation): Promise<string> => {
  const lines: string[] = [];
  const whose = ({ orderId }: Line): string => (orderId === undefined ? '' : `${orderId}  `);
  let day = -1;
  await live(plan, (line) => {
    const ms = line.atMs - plan.startsMs;
    const today = Math.floor(ms / 86_400_000);
    if (today !== day) lines.push(`  day ${today + 1}`);
    day = today;
    const time = new Date(line.atMs).toISOString().slice(11, 23);
    lines.push(`    ${time}  ${line.who.padEnd(24)} ${whose(line)}${line.what}`);
  });
  return [
    ...(violation === undefined
      ? ['Every promise was kept.']
      : [`Broken: ${violation.promise}.`, `        ${violation.detail}`]),
    '',
    `The story (orders: ${plan.orders.length}, acts: ${plan.acts.length}; times in UTC):`,
    ...lines,
  ].join('\n');
};
