import type { ReactElement } from 'react';
import type { Blast } from '../../domain/blast.ts';
import type { Words } from '../../words/en.ts';
import { around, field } from '../fill.ts';
import type { TemplateProps } from './layout.tsx';
import { MonthlyFee } from './monthly-fee.tsx';
import { PaymentRequest } from './payment-request.tsx';

export type Template = { subject: (words: Words) => string; Mail: (props: TemplateProps) => ReactElement };

const subjectOf =
  (name: Blast['template']): Template['subject'] =>
  ({ mails }) => {
    const of = [field('productName'), field('playerName')] as const;
    return (
      around('#', 'unsubscribeUrl').join(mails.reminderMark) +
      around('#', 'deadLink').join(mails[name].newLinkSubject(...of)) +
      around('^', 'deadLink').join(mails[name].subject(...of))
    );
  };

/** Every mail that a blast can send. */
export const templates: Record<Blast['template'], Template> = {
  'payment-request': { subject: subjectOf('payment-request'), Mail: PaymentRequest },
  'monthly-fee': { subject: subjectOf('monthly-fee'), Mail: MonthlyFee },
};
