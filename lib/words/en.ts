/**
 * Every sentence a family reads, in English. The shape of this object is what another language must fill:
 * a word that is missing there does not compile. Sentences are plain text, never markup. Their arguments are
 * finished strings in the reader's form: at build time of the mails, the placeholders that stand for them.
 */
export const en = {
  /** For amounts and dates. */
  locale: 'en-US',
  labels: {
    player: 'For',
    product: 'What',
    period: 'Period',
    amount: 'Amount',
    payBy: 'Pay by',
    paid: 'Paid',
    paidOn: 'Paid on',
    received: 'Received',
    returned: 'Returned',
    wasDue: 'Was due by',
  },
  contact: {
    /** Before an address or number, which follows on its own line. */
    ask: (club: string) => `Any questions? ${club} is glad to help:`,
  },
  pages: {
    not_found: {
      heading: 'We can’t find this payment',
      body: [
        'Part of the link may be missing: some mail programs cut a long one in two. Please open the link in your e-mail again, or copy the whole of it into the address bar.',
        'If that does not help, please ask us. Opening this page has not charged you anything.',
      ],
    },
    replaced: {
      heading: 'This link has been replaced',
      body: (club: string) => [
        `To keep payments safe, ${club} has replaced the link that you opened with a new one. Please use the link in the latest e-mail from ${club}, or ask us to send it to you again.`,
        'If you have paid already, your payment stands and there is nothing more to do.',
      ],
    },
    unavailable: {
      heading: 'We will be right back',
      body: (seconds: number) => [
        `The payment page can’t be opened just now. The trouble is on our side, not yours. This page tries again by itself every ${seconds} seconds.`,
        'If you have just paid, your payment is safe: please don’t pay again.',
        'You can also close this page and open your link later. It will still work.',
      ],
      again: 'Try again now',
    },
    sign_contract: {
      heading: 'First, the contract',
      body: (player: string | null) => [
        player === null
          ? 'Before you can pay this fee, we need a signed contract, and we don’t have one at the moment.'
          : `Before you can pay this fee, we need a signed contract for ${player}, and we don’t have one at the moment.`,
      ],
      whereToSign: (club: string) => `${club} can tell you where to sign it.`,
      afterwards:
        'Once it is signed, open the link in your e-mail again: it will then take you to the payment. Signed already? It can take a little while until this page knows.',
      sign: 'Go to the contract',
    },
    on_its_way: {
      heading: 'Thank you! Your payment is on its way',
      body: [
        'We are waiting for it to be confirmed, which usually takes a few seconds. This page refreshes itself.',
        'You can also close it: your payment goes through all the same. Please don’t pay a second time.',
        'If it still says this tomorrow, please ask us.',
      ],
      again: 'Refresh now',
    },
    processing: {
      heading: 'Your bank payment is on its way',
      body: [
        'Your bank is working on it, which can take several business days. There is nothing for you to do, and please don’t pay a second time.',
        'Should your bank turn it down, the link in your e-mail will let you pay in another way.',
      ],
    },
    paid: {
      heading: 'Already paid. Thank you!',
      body: ['We have received your payment, and there is nothing more to do.'],
    },
    review: {
      heading: 'We are looking at your payment',
      body: (club: string) => [
        `What we received does not match what was due, so someone at ${club} is checking it in person.`,
        `There is nothing for you to do, and please don’t pay again. ${club} will be in touch if money has to be returned to you, or if something is still open.`,
      ],
    },
    canceled: {
      heading: 'There is nothing to pay here',
      body: (club: string) => [
        `${club} has canceled this payment request, so nothing is due any more.`,
        'If that comes as a surprise, please ask us.',
      ],
    },
    waived: {
      heading: 'There is nothing to pay here',
      body: (club: string) => [
        `${club} has waived this amount: you don’t owe anything for it.`,
        'If that comes as a surprise, please ask us.',
      ],
    },
    refunded: {
      heading: 'Your money has been returned',
      body: [
        'It goes back to the card or account that you paid with. Banks usually show it within 5 to 10 business days.',
        'There is nothing to pay here now.',
      ],
    },
    closed: {
      heading: 'It is too late to pay this online',
      body: (club: string) => [
        'The date for this payment has passed, and the link no longer opens a payment. Nothing has been charged.',
        `If you would still like to pay, please ask ${club}: they can open it for you again.`,
      ],
    },
    unsubscribe: {
      heading: 'Stop reminders?',
      body: (club: string) => [
        `${club} will send no more reminders about open payments to this e-mail address. It holds for everyone in your family who uses this address.`,
        `When a new payment is due, ${club} still writes to you once, so that you know of it.`,
      ],
      stop: 'Stop reminders',
    },
    unsubscribed: {
      heading: 'Reminders are stopped',
      body: (club: string) => [
        'This e-mail address gets no more reminders about open payments. One that is on its way already may still arrive.',
        `When a new payment is due, ${club} still writes to you once. What is open stays open: the link in your earlier e-mail still works.`,
        'If you would like reminders again, please ask us.',
      ],
    },
    unsubscribe_not_found: {
      heading: 'This link is not complete',
      body: [
        'Part of it may be missing: some mail programs cut a long link in two. Please open the link in your e-mail again, or copy the whole of it into the address bar.',
        'If that does not help, please ask us to stop the reminders.',
      ],
    },
    unsubscribe_replaced: {
      heading: 'This link no longer works',
      body: (club: string) => [
        `For safety, ${club} has replaced the links in its earlier e-mails. Nothing has been changed. Please use the link in the latest reminder, or ask us to stop the reminders.`,
      ],
    },
    unsubscribe_unavailable: {
      heading: 'That did not work just now',
      body: [
        'The trouble is on our side, not yours, and we can’t say whether reminders are stopped. Please try again in a minute: asking twice does no harm.',
      ],
      again: 'Try again',
    },
  },
  mails: {
    greeting: (parent: string) => `Hello ${parent},`,
    greetingWithoutName: 'Hello,',
    /** The line that an inbox shows after the subject. */
    preview: (product: string, amount: string) => `${product}: ${amount}`,
    previewPayBy: (date: string) => `, please pay by ${date}`,
    deadLink:
      'The link in our earlier e-mail has stopped working, and we are sorry about that. The one below does not expire, and if you have already paid, you don’t need to pay again.',
    /** The first sentence of a mail that repeats an earlier one, and the first word of its subject. */
    reminder: 'This is a reminder: we have not received this payment yet.',
    reminderMark: 'Reminder: ',
    intro: 'You can pay online in a minute or two. Here are the details:',
    pay: (amount: string) => `Pay ${amount}`,
    orCopy: 'The button opens our secure payment page. If it does not, copy this address into your browser:',
    /** Where there is no button. */
    payHere: 'Pay here, on our secure payment page:',
    why: (club: string) => `You receive this e-mail because your family is registered with ${club}.`,
    stopReminders: 'Stop reminders to this address',
    /** Before an address on the web, where there are no links. */
    stopRemindersHere: 'To stop reminders to this address:',
    'payment-request': {
      subject: (product: string, player: string) => `${product}: payment for ${player}`,
      newLinkSubject: (product: string, player: string) => `New payment link: ${product} for ${player}`,
      heading: (product: string) => `Payment for ${product}`,
    },
    'monthly-fee': {
      subject: (product: string, player: string) => `${product}: fee for ${player}`,
      newLinkSubject: (product: string, player: string) => `New payment link: ${product} for ${player}`,
      heading: (product: string) => product,
      savedCard:
        'About your card: by paying you agree that it is kept for later fees. Which ones, when, and how their amount is set stands beside the button on the payment page.',
    },
  },
  /** On Stripe's own pages. */
  surface: {
    /** Beside the button: which later fees are charged, when, and how their amount is set. */
    keepsCard: (laterCharges: string) =>
      `By paying you agree that your card is kept for later fees. ${laterCharges}`,
    laterCharges: (club: string) =>
      `${club} charges each later fee when it is due, in the amount of your contract, and tells you before.`,
    /** On a link that was deactivated; 500 characters at most. */
    inactive: (club: string, contact: string) =>
      `This payment page was closed, because the payment was made or replaced. Please open the link in the latest e-mail from ${club}, or ask ${contact}.`,
  },
};

export type Words = typeof en;
