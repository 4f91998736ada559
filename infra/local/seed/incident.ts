import type { Family, Player, Product } from '../../../lib/domain/roster.ts';

/**
 * The club of April 2026 as data: one tournament and one month of fees, with the families who were mailed. The
 * families are made up; the counts and sums are the incident's: 23 tournament orders (17 stranded families owe
 * 98,500 cents, 5 paid within a day, order 93 is the club's own), six monthly orders of 61,000 cents in all, and
 * 13 further ones that are canceled retries of the same parents.
 */

export type SeedOrder = {
  orderId: string;
  productId: string;
  playerId: string;
  familyId: string;
  period: string | null;
  amountMinor: number;
  payBy: string;
  test: boolean;
  /** When the family first opened the April mail, in hours after it was sent. */
  openedAfterHours: number;
};

export const products: Product[] = [
  {
    productId: 'utah-invitational',
    category: 'tournament',
    name: 'Utah Invitational',
    description: 'Three games guaranteed, June 12 to 14, St. George',
    stripeProductId: null,
    laterCharges: null,
    price: null,
  },
  {
    productId: 'monthly-fee',
    category: 'monthly',
    name: 'Monthly training fee',
    description: null,
    stripeProductId: null,
    laterCharges:
      'Riverside Youth Sports charges the fee of each later month on its 1st, in the amount of your contract, and writes to you before.',
    price: null,
  },
];

const surnames = [
  'Alvarez',
  'Bennett',
  'Castillo',
  'Dawson',
  'Eriksen',
  'Fuentes',
  'Greene',
  'Hidalgo',
  'Ibarra',
  'Jensen',
  'Kowalski',
  'Larsen',
  'Medina',
  'Novak',
  'Ortega',
  'Petersen',
  'Quiroga',
  'Reyes',
  'Schultz',
  'Thompson',
  'Ulrich',
  'Vargas',
] as const;

const firstNames = [
  'Maya',
  'Leo',
  'Sofia',
  'Noah',
  'Camila',
  'Owen',
  'Lucia',
  'Ethan',
  'Elena',
  'Mateo',
  'Ruby',
] as const;

/** Families 101 to 122 stand for parents of those numbers; 123 is the club itself. */
const familyOf = (number: number, surname: string): Family => {
  const mailbox = surname.toLowerCase();
  const parent = (which: string) => ({
    parentId: which === '' ? String(number) : `${number}${which}`,
    name: `${which === '' ? 'Alex' : 'Robin'} ${surname}`,
    addresses: [`${mailbox}${which}@family.example`],
  });
  return {
    familyId: `fam_${number}`,
    language: number % 4 === 0 ? 'es' : 'en',
    // Every fifth family has a second guardian who is written to as well.
    parents: number % 5 === 0 ? [parent(''), parent('b')] : [parent('')],
  };
};

const playerOf = (number: number, surname: string): Player => ({
  playerId: `ply_${number}`,
  familyId: `fam_${number}`,
  name: `${firstNames[number % firstNames.length]} ${surname}`,
  contract: { state: 'signed', signUrl: 'https://club.example/contracts' },
});

const CLUB_FAMILY = 123;

const monthlyFamilies = [
  { number: 111, amountMinor: 12_000, canceledRetries: 4 },
  { number: 118, amountMinor: 11_500, canceledRetries: 3 },
  { number: 127, amountMinor: 9_500, canceledRetries: 2 },
  { number: 131, amountMinor: 10_000, canceledRetries: 2 },
  { number: 134, amountMinor: 8_500, canceledRetries: 1 },
  { number: 138, amountMinor: 9_500, canceledRetries: 1 },
] as const;

const people: [number, string][] = [
  ...surnames.map((surname, i): [number, string] => [101 + i, surname]),
  [CLUB_FAMILY, 'Office'],
  [127, 'Whitaker'],
  [131, 'Yamada'],
  [134, 'Zamora'],
  [138, 'Abbott'],
];

export const families: Family[] = people.map(([number, surname]) => familyOf(number, surname));
export const players: Player[] = people.map(([number, surname]) => playerOf(number, surname));

const FIRST_TOURNAMENT_ORDER = 71;
const TEST_ORDER = 93;
const PAID_WITHIN_A_DAY = 5;

/** Orders 71 to 93: five pay within a day, 17 open the mail later, and 93 is the club's own, opened by nobody in time. */
export const tournamentOrders: SeedOrder[] = Array.from({ length: 23 }, (_, i) => {
  const orderId = FIRST_TOURNAMENT_ORDER + i;
  const number = orderId === TEST_ORDER ? CLUB_FAMILY : 101 + i;
  const late = i - PAID_WITHIN_A_DAY;
  return {
    orderId: String(orderId),
    productId: 'utah-invitational',
    playerId: `ply_${number}`,
    familyId: `fam_${number}`,
    period: null,
    // The first five of the late ones play in two age groups.
    amountMinor: late >= 0 && late < 5 ? 6_500 : 5_500,
    payBy: '2026-05-29',
    test: orderId === TEST_ORDER,
    openedAfterHours: late < 0 ? 2 + 4 * i : 26 + 9 * late,
  };
});

/** Orders 201 to 206: one debt each, with an amount of its own. */
export const monthlyOrders: SeedOrder[] = monthlyFamilies.map(({ number, amountMinor }, i) => ({
  orderId: String(201 + i),
  productId: 'monthly-fee',
  playerId: `ply_${number}`,
  familyId: `fam_${number}`,
  period: '2026-04',
  amountMinor,
  payBy: '2026-04-30',
  test: false,
  openedAfterHours: 30 + 11 * i,
}));

/** Orders 211 to 223: the older system made a new order for each try of a parent, and canceled it later. */
export const canceledRetries: SeedOrder[] = monthlyFamilies
  .flatMap((family, i) => Array.from({ length: family.canceledRetries }, () => monthlyOrders[i]))
  .flatMap((order, i) => (order === undefined ? [] : [{ ...order, orderId: String(211 + i) }]));

/** When the April mailing went out. */
export const MAILED_AT = Date.parse('2026-04-14T15:00:00.000Z');
