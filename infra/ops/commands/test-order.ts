import * as v from 'valibot';
import { Currency, formatMoney, Money } from '../../../lib/domain/money.ts';
import type { Environment } from '../environment.ts';
import { addressFrom, sendMail } from '../mail.ts';
import { UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';

export type TestOrderOptions = { to: string; currency: string; mail: boolean };

/** What `lib/usecases/create-test-order.ts` answers. */
const TestOrder = v.object({
  orderId: v.string(),
  created: v.boolean(),
  amount: Money,
  payUrl: v.pipe(v.string(), v.url()),
  mail: v.object({ subject: v.string(), html: v.string(), text: v.string() }),
});

/** An order of the smallest amount for oneself: mailed, and followed as far as the payment page. */
export const testOrder = async (
  environment: Environment,
  report: Report,
  options: TestOrderOptions,
): Promise<void> => {
  const to = addressFrom(options.to);
  const currency = v.safeParse(Currency, options.currency.toLowerCase());
  if (!currency.success) {
    throw new UsageProblem(
      `"${options.currency}" is not a currency that the service takes.`,
      `One of: ${Currency.options.join(', ')}`,
    );
  }
  const { outputs } = environment;
  const order = v.parse(
    TestOrder,
    await environment.invoke(outputs.CreateTestOrderFunctionName, { address: to, currency: currency.output }),
  );
  const amount = formatMoney(order.amount);
  report.data({ orderId: order.orderId, created: order.created, amount: order.amount, payUrl: order.payUrl });
  if (order.created) report.done(`The test order ${order.orderId} for ${amount} is made.`);
  else report.ok(`The test order ${order.orderId} for ${amount} is still unpaid: it is the same one.`);

  await follow(order.payUrl, report);
  if (options.mail) {
    await sendMail(environment, to, order.mail);
    report.done(`It is mailed to ${to}, as families are.`);
  }
  report.ok(
    `Pay it: ${order.payUrl}\n  ${
      outputs.Livemode
        ? `This takes ${amount} of real money from your card; give it back in the Stripe dashboard afterwards.`
        : 'In test mode: card 4242 4242 4242 4242, any later date, any three digits.'
    }`,
  );
};

/** A click that does not pay, as mail scanners make it: it opens the payment page at Stripe. */
const follow = async (payUrl: string, report: Report): Promise<void> => {
  const { status, headers } = await fetch(payUrl, { redirect: 'manual' });
  const location = headers.get('location');
  if (status === 303 && location !== null) {
    report.ok(`A click leads to the payment page at ${new URL(location).host}.`);
  } else {
    report.missing(
      `A click was answered with ${status} instead of leading to Stripe.`,
      'Run "check stripe". What happened is in the log of first-payment; a permission that the Stripe key lacks is named in the Stripe dashboard under Developers, Logs.',
    );
  }
};
