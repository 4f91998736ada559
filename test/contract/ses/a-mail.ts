import type { Mail } from '../../../lib/ports.ts';

/** With letters, lines and lengths that not every mail program takes as they are. */
export const aMail = (over: Partial<Mail> = {}): Mail => ({
  to: 'ana@family.example',
  subject: 'Utah Invitational: $55.00 for Zoë',
  html: '<p>Hóla Zoë 👋</p>',
  text: `Hóla Zoë 👋\n${'long '.repeat(300)}\n.\nend`,
  deliveryTag: 'a1b2c3',
  ...over,
});
