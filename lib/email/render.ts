import { htmlEscape } from 'escape-goat';
import type { Blast } from '../domain/blast.ts';
import type { Money } from '../domain/money.ts';
import type { Language } from '../domain/roster.ts';
import type { Club } from '../ports.ts';
import { contactHref } from '../words/contact.ts';
import { readerOf } from '../words/reader.ts';
import { compiled } from './compiled.generated.ts';
import { fill, type MailValues } from './fill.ts';

/** What one mail says. `payBy` is a day of the club's calendar; `payUrl` an address of ours, never Stripe's. */
export type MailContent = {
  template: Blast['template'];
  /** Says that it replaces a link which stopped working. */
  replacesDeadLink: boolean;
  language: Language;
  club: Pick<Club, 'name' | 'contact' | 'timeZone'>;
  parentName: string | null;
  playerName: string;
  productName: string;
  /** For example `2026-05`. */
  period: string | null;
  amount: Money;
  payBy: string | null;
  payUrl: string;
  /**
   * Makes it a reminder, which says so and says where reminders can be stopped (`unsubscribeUrl`). Null for a notice:
   * it tells of a debt, so nobody can unsubscribe from it.
   */
  unsubscribeUrl: string | null;
};
/** Over the compiled templates: what a person approved is what leaves. */
export { templateVersions } from './compiled.generated.ts';

export type RenderedMail = { subject: string; html: string; text: string };

/** Pure: the same content is the same mail. Values are escaped in HTML, and one line each everywhere. */
export const renderMail = (content: MailContent): RenderedMail => {
  const template = compiled[content.template][content.language];
  const values = valuesOf(content);
  return {
    subject: fill(template.subject, values, asIs),
    html: fill(template.html, values, htmlEscape),
    text: fill(template.text, values, asIs),
  };
};

const valuesOf = (content: MailContent): MailValues => {
  const { club } = content;
  const reader = readerOf(content.language, club.timeZone);
  return {
    clubName: oneLine(club.name),
    contact: oneLine(club.contact),
    contactHref: contactHref(club.contact),
    parentName: oneLineOrNull(content.parentName),
    playerName: oneLine(content.playerName),
    productName: oneLine(content.productName),
    period: oneLineOrNull(content.period === null ? null : reader.period(content.period)),
    amount: reader.money(content.amount),
    payBy: content.payBy === null ? null : reader.day(content.payBy),
    payUrl: content.payUrl,
    deadLink: content.replacesDeadLink ? 'replaced' : null,
    unsubscribeUrl: content.unsubscribeUrl,
  };
};

/** Control characters and line breaks would open a header or a paragraph; bidi controls turn what follows around. */
const oneLine = (text: string): string =>
  text
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();

/** A name of nothing but spaces is no name. */
const oneLineOrNull = (text: string | null): string | null => oneLine(text ?? '') || null;

const asIs = (value: string): string => value;
