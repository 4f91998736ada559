import { field } from '../fill.ts';
import { PaymentMail, type TemplateProps } from './layout.tsx';

/** Asks once for what is owed once. */
export const PaymentRequest = (props: TemplateProps) => {
  const own = props.words.mails['payment-request'];
  return <PaymentMail {...props} heading={own.heading(field('productName'))} />;
};
