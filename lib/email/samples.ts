import { money } from '../domain/money.ts';
import type { MailContent } from './render.ts';

const usual: MailContent = {
  template: 'payment-request',
  replacesDeadLink: false,
  language: 'en',
  club: { name: 'Wasatch Youth Soccer', contact: 'office@wasatchyouth.example', timeZone: 'America/Denver' },
  parentName: 'Dana',
  playerName: 'Maya Lopez',
  productName: 'Utah Invitational',
  period: null,
  amount: money(5_500),
  payBy: '2026-04-30',
  payUrl:
    'https://pay.wasatchyouth.example/pay/k1-ord_01JQ8Y6Z4M3N2P1R0S9T8V7W6X-3f9k2m8q1x7c5v0b4n6z8a2s1d3f5g7h',
  unsubscribeUrl: null,
};

const unsubscribeUrl =
  'https://pay.wasatchyouth.example/unsubscribe/k1-5b2d8f0c1e7a49633c9a7d0e4f1b2a86-9w8v7t6s5r4q3p2n1m0k9j8h7g6f5e4d';

const monthly: MailContent = {
  ...usual,
  template: 'monthly-fee',
  productName: 'Monthly fee, U12',
  period: '2026-05',
  amount: money(11_000),
  payBy: '2026-05-01',
  payUrl: usual.payUrl.replace('/pay/', '/checkout/first-payment?token='),
};

/** Families that a layout has to suit, by what is special about them. */
export const samples = {
  usual,
  'replaces a dead link': { ...usual, replacesDeadLink: true },
  'a reminder': { ...usual, unsubscribeUrl },
  'no pay-by date, no name': { ...usual, parentName: null, payBy: null },
  'long names': {
    ...usual,
    club: {
      name: 'The Greater Salt Lake and Utah Valley Association for Youth Football and Futsal',
      contact: '+1 (801) 555-0123',
      timeZone: 'America/Denver',
    },
    parentName: 'Maximiliana Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh',
    playerName: 'Bartholomew Alexander Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh III',
    productName: 'Spring Invitational Tournament, Travel Squad and Goalkeeper Clinic, Under 14 Girls Gold',
  },
  'yen, and a contact that is a place': {
    ...usual,
    club: { name: '大阪ユースFC', contact: 'the desk in the club house', timeZone: 'Asia/Tokyo' },
    parentName: 'Haruka',
    playerName: '佐藤 ひなた',
    amount: money(5_500, 'jpy'),
  },
  'in Spanish': {
    ...usual,
    language: 'es',
    parentName: 'José Ángel',
    playerName: 'Íñigo Núñez Peña',
    productName: 'Torneo de Otoño',
    replacesDeadLink: true,
  },
  'monthly fee': monthly,
  'monthly fee in Spanish': {
    ...monthly,
    language: 'es',
    replacesDeadLink: true,
    parentName: 'María José',
    playerName: 'Sofía Muñoz',
    productName: 'Cuota mensual',
  },
  'a reminder of a monthly fee in Spanish': {
    ...monthly,
    language: 'es',
    parentName: 'María José',
    playerName: 'Sofía Muñoz',
    productName: 'Cuota mensual',
    unsubscribeUrl,
  },
  'hostile names': {
    ...usual,
    parentName: '<script>alert(1)</script>',
    playerName: 'Robert"><img src=x onerror=alert(1)>\r\nBcc: all@example.com',
    productName: '{{payUrl}} & <b>friends</b>',
  },
} satisfies Record<string, MailContent>;
