import { field } from '../fill.ts';
import { PaymentMail, type TemplateProps } from './layout.tsx';
import { Paragraph } from './parts.tsx';

/** Asks for the first fee of several, and says beforehand what becomes of the card. */
export const MonthlyFee = (props: TemplateProps) => {
  const own = props.words.mails['monthly-fee'];
  return (
    <PaymentMail {...props} heading={own.heading(field('productName'))}>
      <Paragraph>{own.savedCard}</Paragraph>
    </PaymentMail>
  );
};
