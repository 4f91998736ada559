import { html } from 'hono/html';
import type { BlastReport } from '../../../../lib/domain/blast-report.ts';
import {
  amountsWords,
  andMore,
  failedWords,
  failureWords,
  leftOutWords,
  missingWords,
  shareOf,
  unsent,
} from '../../../mailing-words.ts';
import type { ClubAtHand } from '../../club/club.ts';
import { counted } from '../words.ts';
import type { Html } from './layout.ts';

type Place = Pick<ClubAtHand, 'locale' | 'timeZone'>;

/** What became of a mailing: as a picture, and the same in words and numbers for whoever does not see it. */
export const funnelCard = (report: BlastReport, club: Place): Html => {
  const { blast, days } = report;
  return html`<section class="card" aria-labelledby="funnel">
    <div class="head">
      <h2 id="funnel">What became of it</h2>
      <a class="small" href="/mailings/${blast.blastId}/funnel.json">as JSON</a>
    </div>
    <div class="columns halves">
      <div>${picture(report, club)}</div>
      <div class="stack">${days.length === 0 ? '' : overTime(report, club)} ${atRisk(report, club)}</div>
    </div>
    ${account(report)} ${failures(report)} ${numbers(report, club)}
  </section>`;
};

// ---- the funnel ----

/** `12,345`, and `1.2M` where there is no room for more. */
const short = (count: number): string =>
  new Intl.NumberFormat('en-US', {
    notation: count < 100_000 ? 'standard' : 'compact',
    maximumFractionDigits: 1,
  }).format(count);

const unit = (count: number, one: string): string => `${short(count)} ${one}${count === 1 ? '' : 's'}`;

/** Units of the picture; on a small phone one is nine tenths of a pixel. */
const WIDTH = 320;
const MIDDLE = { from: 88, to: 196 };
const BAR = 40;
const LINE = 17;

type Stage = {
  name: string;
  count: string;
  /** Of the whole width. */
  width: number;
  share: string;
  of: string;
  /** Who is not in the next one, and other things to know. */
  beside: string[];
};

const stagesOf = ({ blast, funnel }: BlastReport): Stage[] => {
  const { audience, sent, orders } = funnel;
  const some = (count: number, words: string): string[] => (count === 0 ? [] : [`${short(count)} ${words}`]);
  const ofMails = (count: number): number => (audience === 0 ? 0 : count / audience);
  // Mails become orders here: as if all that were mailed were as wide as all mails that were sent.
  const ofOrders = (count: number): number =>
    orders.mailed === 0 ? 0 : (count / orders.mailed) * ofMails(sent);
  const untold = sent - funnel.delivered - funnel.bounced;
  return [
    {
      name: 'Audience',
      count: unit(audience, 'mail'),
      width: ofMails(audience),
      share: '',
      of: '',
      beside: [
        ...some(funnel.skipped, 'left out'),
        ...some(funnel.failed, 'failed'),
        ...some(funnel.held, 'held'),
        ...unsent(blast, funnel).flatMap(([count, words]) => some(count, words)),
      ],
    },
    {
      name: 'Sent',
      count: unit(sent, 'mail'),
      width: ofMails(sent),
      share: shareOf(sent, audience),
      of: 'of all',
      beside: [...some(funnel.bounced, 'bounced'), ...some(untold, 'no word')],
    },
    {
      name: 'Delivered',
      count: unit(funnel.delivered, 'mail'),
      width: ofMails(funnel.delivered),
      share: shareOf(funnel.delivered, sent),
      of: 'of sent',
      beside: [...some(funnel.complained, 'as spam'), ...some(orders.scannedOnly, 'scanned')],
    },
    {
      name: 'Clicked',
      count: unit(orders.clicked, 'order'),
      width: ofOrders(orders.clicked),
      share: shareOf(orders.clicked, orders.mailed),
      of: `of ${short(orders.mailed)}`,
      beside: [],
    },
    {
      name: 'Paid',
      count: unit(orders.paid, 'order'),
      width: ofOrders(orders.paid),
      share: shareOf(orders.paid, orders.mailed),
      of: `of ${short(orders.mailed)}`,
      beside: [],
    },
  ];
};

const picture = (report: BlastReport, { locale }: Place): Html => {
  const stages = stagesOf(report);
  const tops: number[] = [];
  let bottom = 0;
  for (const { beside } of stages) {
    tops.push(bottom);
    bottom += BAR + Math.max(14, beside.length * LINE + 8);
  }
  const height = (tops.at(-1) ?? 0) + BAR;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="funnel-name funnel-words">
    <title id="funnel-name">From the audience to those who paid</title>
    <desc id="funnel-words">${inWords(report, locale)}</desc>
    ${stages.map((stage, i) => stageShape(stage, tops[i] ?? 0, stages[i + 1], tops[i + 1]))}
  </svg>`;
};

const stageShape = (stage: Stage, top: number, next: Stage | undefined, nextTop = 0): Html => {
  const { left, right } = spanOf(stage);
  const below = next === undefined ? undefined : spanOf(next);
  const slope =
    below === undefined
      ? ''
      : html`<path class="slope" d="M${left} ${top + BAR}H${right}L${below.right} ${nextTop}H${below.left}Z" />`;
  const baseline = top + 17;
  const side = MIDDLE.to + 12;
  return html`${slope}
    ${stage.width === 0 ? '' : html`<rect class="bar" x="${left}" y="${top}" width="${Math.max(1, round(right - left))}" height="${BAR}" rx="3" />`}
    <text class="strong" x="0" y="${baseline}">${stage.name}</text>
    <text class="soft" x="0" y="${baseline + LINE}">${stage.count}</text>
    <text class="strong" x="${side}" y="${baseline}">${stage.share}</text>
    <text class="soft" x="${side}" y="${baseline + LINE}">${stage.of}</text>
    ${stage.beside.map(
      (words, line) =>
        html`<text class="soft" x="${side}" y="${top + BAR + 16 + line * LINE}">${words}</text>`,
    )}`;
};

const spanOf = ({ width }: Stage): { left: number; right: number } => {
  const centre = (MIDDLE.from + MIDDLE.to) / 2;
  const half = (Math.min(1, width) * (MIDDLE.to - MIDDLE.from)) / 2;
  return { left: round(centre - half), right: round(centre + half) };
};

const round = (value: number): number => Math.round(value * 10) / 10;

const inWords = ({ blast, funnel }: BlastReport, locale: string): string => {
  const { audience, sent, orders } = funnel;
  const rest = unsent(blast, funnel).map(([count, words]) => `${count} ${words}`);
  return (
    `${counted(audience, 'mail')}: ${sent} sent, of which ${funnel.delivered} delivered and ${funnel.bounced} bounced; ` +
    `${funnel.skipped} left out, ${funnel.failed} failed, ${funnel.held} held, ${rest.join(', ')}. ` +
    `${counted(orders.mailed, 'order')} written about: ${orders.clicked} clicked, ${orders.paid} paid, ` +
    `${orders.scannedOnly} whose link only a program followed. ` +
    `Collected: ${amountsWords(funnel.collected, locale)}.`
  );
};

// ---- over time ----

type Column = { label: string; sent: number; clicked: number; paid: number };

/** More days than these are shown week by week. */
const DAYS_AT_MOST = 42;
const DAY_MS = 24 * 60 * 60 * 1000;
const STRIP = 64;
const strips = [
  ['sent', 'Mails sent'],
  ['clicked', 'Orders clicked'],
  ['paid', 'Orders paid'],
] as const;

/** A column a day, from the first on which something happened to the last; those on which nothing did are there too. */
const columnsOf = ({ days }: BlastReport, { locale }: Place): { columns: Column[]; each: 'day' | 'week' } => {
  const dated = days
    .filter(({ day }) => /^\d{4}-/.test(day))
    .map((one) => ({ ...one, at: Date.parse(one.day) }));
  const first = dated[0]?.at ?? 0;
  const count = Math.round(((dated.at(-1)?.at ?? first) - first) / DAY_MS) + 1;
  const each = count > DAYS_AT_MOST ? 7 : 1;
  const columns = Array.from({ length: Math.ceil(count / each) }, (_, i): Column => {
    const from = first + i * each * DAY_MS;
    const within = dated.filter(({ at }) => at >= from && at < from + each * DAY_MS);
    const total = (what: 'sent' | 'clicked' | 'paid'): number =>
      within.reduce((sum, one) => sum + one[what], 0);
    return {
      label: dayLabel(from, locale),
      sent: total('sent'),
      clicked: total('clicked'),
      paid: total('paid'),
    };
  });
  return { columns, each: each === 1 ? 'day' : 'week' };
};

/** `Apr 14`: a day of the calendar, not a moment. */
const dayLabel = (at: number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(at);

const overTime = (report: BlastReport, club: Place): Html => {
  const { columns, each } = columnsOf(report, club);
  const height = strips.length * STRIP + 18;
  const pitch = WIDTH / Math.max(columns.length, 7);
  const most = (what: 'sent' | 'clicked' | 'paid'): number =>
    Math.max(...columns.map((column) => column[what]));
  const words = strips
    .map(([what, name]) => `${name}: ${most(what)} in the ${each} with the most.`)
    .join(' ');
  return html`<h3>${each === 'day' ? 'Day by day' : 'Week by week'}</h3>
    <svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="days-name days-words">
      <title id="days-name">${each === 'day' ? 'Day by day' : 'Week by week'}</title>
      <desc id="days-words">${words} All of them are in the table below.</desc>
      ${strips.map(([what, name], i) => {
        const floor = (i + 1) * STRIP - 8;
        const top = most(what);
        return html`<text class="soft" x="0" y="${i * STRIP + 14}">${name}</text>
          <text class="soft end" x="${WIDTH}" y="${i * STRIP + 14}">${top === 0 ? 'none yet' : `at most ${short(top)}`}</text>
          <path class="axis" d="M0 ${floor}H${WIDTH}" />
          ${columns.map((column, x) => {
            const tall = top === 0 ? 0 : (column[what] / top) * (STRIP - 30);
            return column[what] === 0
              ? ''
              : html`<rect class="${what}" x="${round(x * pitch)}" y="${round(floor - tall)}" width="${round(pitch * 0.8)}" height="${round(tall)}" rx="1.5" />`;
          })}`;
      })}
      <text class="soft" x="0" y="${height - 4}">${columns[0]?.label ?? ''}</text>
      ${
        columns.length < 2
          ? ''
          : html`<text class="soft ${columns.length < 4 ? '' : 'end'}" x="${columns.length < 4 ? pitch * 2 : round(pitch * columns.length - pitch * 0.2)}" y="${height - 4}">${columns.at(-1)?.label ?? ''}</text>`
      }
    </svg>`;
};

// ---- beside it ----

const atRisk = ({ atRisk, funnel }: BlastReport, { locale }: Place): Html => {
  const collected = html`<div><dt>Collected since</dt><dd>${amountsWords(funnel.collected, locale)}</dd></div>`;
  if (atRisk.orders === 0) return html`<dl class="facts">${collected}</dl>`;
  const shown = atRisk.orderIds.slice(0, 12);
  return html`<dl class="facts">
      ${collected}
      <div><dt>Money at risk</dt><dd>${amountsWords(atRisk.amounts, locale)}</dd></div>
    </dl>
    <p class="small">
      No address of ${counted(atRisk.orders, 'order')} was reached:
      ${shown.map((orderId, i) => html`${i === 0 ? '' : ', '}<a href="/orders/${orderId}">${orderId}</a>`)}${andMore(shown.length, atRisk.orders)}.
      Ask these families for another address.
    </p>`;
};

const account = ({ account }: BlastReport): Html => {
  const missing = missingWords(account);
  return missing === null ? html`` : html`<p class="note problem">${missing}</p>`;
};

const failures = ({ failures, funnel }: BlastReport): Html => {
  if (failures.length === 0) return html``;
  const of = funnel.failed + funnel.bounced;
  return html`<details>
    <summary>${counted(of, 'mail')} failed or came back</summary>
    <ul class="plainlist small">
      ${failures.map(
        (row) =>
          html`<li><a href="/orders/${row.orderId}">Order ${row.orderId}</a>, ${row.address}: ${failureWords(row)}</li>`,
      )}
    </ul>
    ${of > failures.length ? html`<p class="small">These are the first ${failures.length} of them.</p>` : ''}
    <p class="small">Where the address is wrong, ask the family of the order for another, and enter it in the roster.</p>
  </details>`;
};

const capitalized = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const whole = (count: number, { locale }: Place): string => new Intl.NumberFormat(locale).format(count);

const numbers = ({ blast, funnel, skipped, failed, days }: BlastReport, club: Place): Html => {
  const { orders } = funnel;
  const reasons = (counts: Readonly<Record<string, number>>, words: Readonly<Record<string, string>>) =>
    Object.entries(counts).map(([reason, count]): [string, number] => [words[reason] ?? reason, count]);
  const rows: [string, number][] = [
    ['Audience', funnel.audience],
    ['Sent', funnel.sent],
    ['Delivered', funnel.delivered],
    ['Bounced', funnel.bounced],
    ['Complained about', funnel.complained],
    ['Held', funnel.held],
    ...unsent(blast, funnel).map(([count, words]): [string, number] => [capitalized(words), count]),
    ...reasons(skipped, leftOutWords).map(([why, count]): [string, number] => [`Left out: ${why}`, count]),
    ...reasons(failed, failedWords).map(([why, count]): [string, number] => [`Failed: ${why}`, count]),
    ['Orders written about', orders.mailed],
    ['Orders clicked', orders.clicked],
    ['Orders whose link only a program followed', orders.scannedOnly],
    ['Orders paid', orders.paid],
  ];
  return html`<details class="numbers">
    <summary>The same in numbers</summary>
    <table>
      <caption>All of it</caption>
      <thead><tr><th scope="col">What</th><th scope="col" class="side">Number</th></tr></thead>
      <tbody>
        ${rows.map(([what, count]) => html`<tr><th scope="row">${what}</th><td class="side">${whole(count, club)}</td></tr>`)}
      </tbody>
    </table>
    <table class="days">
      <caption>By day</caption>
      <thead>
        <tr>
          <th scope="col">Day</th><th scope="col" class="side">Sent</th><th scope="col" class="side">Clicked</th>
          <th scope="col" class="side">Paid</th><th scope="col" class="side">Collected</th>
        </tr>
      </thead>
      <tbody>
        ${days.map(
          ({ day, sent, clicked, paid, collected }) =>
            html`<tr>
              <th scope="row">${/^\d{4}-/.test(day) ? dayLabel(Date.parse(day), club.locale) : day}</th>
              ${[sent, clicked, paid].map((count) => html`<td class="side">${whole(count, club)}</td>`)}
              <td class="side">${amountsWords(collected, club.locale)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
};
