import { describe, expect, it } from 'vitest';
import { instant } from '../../../lib/domain/ids.ts';
import { noteClick } from '../../../lib/domain/order-changes.ts';
import { followerOf } from '../../../lib/domain/scanner.ts';
import { anOrder, NOON } from '../../support/orders.ts';

const get = (userAgent: string | undefined) => followerOf({ method: 'GET', userAgent });

describe('who follows a link', () => {
  it.each([
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:137.0) Gecko/20100101 Firefox/137.0',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Safari/537.36 Edg/135.0.0.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/509.0]',
    // A telephone whose maker is named like a program.
    'Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Mobile Safari/537.36',
  ])('is a person with %s', (userAgent) => {
    expect(get(userAgent)).toBe('person');
  });

  it.each([
    'Barracuda Sentinel (EE)',
    'Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Gmail-content-sampling',
    'Google-Safety (+http://www.google.com/bot.html)',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'WhatsApp/2.23.20.0',
    'TelegramBot (like TwitterBot)',
    'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/135.0.0.0 Safari/537.36',
    'curl/8.5.0',
    'python-requests/2.32.3',
    'Go-http-client/2.0',
    '',
    ' ',
    undefined,
  ])('is a program with %s', (userAgent) => {
    expect(get(userAgent)).toBe('program');
  });

  it('is a program that asks by HEAD, whatever it says of itself', () => {
    expect(followerOf({ method: 'HEAD', userAgent: 'Mozilla/5.0 (iPhone)' })).toBe('program');
  });
});

describe('a click', () => {
  const order = anOrder();
  const at = (minutes: number, ms = 0) => instant(Date.parse(NOON) + minutes * 60_000 + ms);

  it('is noted once within an hour, and again from the hour on', () => {
    const noted = noteClick(order, 'person', at(0));
    expect(noted).toEqual({ ...order, clickedAt: at(0) });
    expect(noteClick(noted, 'person', at(59, 59_999))).toBe(noted);
    expect(noteClick(noted, 'person', at(60))).toEqual({ ...order, clickedAt: at(60) });
  });

  it('of a program hides none of a person, nor the other way round', () => {
    const scanned = noteClick(order, 'program', at(0));
    expect(scanned).toEqual({ ...order, scannedAt: at(0) });
    const both = noteClick(scanned, 'person', at(1));
    expect(both).toEqual({ ...order, scannedAt: at(0), clickedAt: at(1) });
    expect(noteClick(both, 'program', at(2))).toBe(both);
  });
});
