import type { Club } from './club.ts';
import { checkClicks } from './promises/clicks.ts';
import { checkLinks } from './promises/links.ts';
import { checkMails } from './promises/mails.ts';
import { checkMoney } from './promises/money.ts';
import { checkWork } from './promises/work.ts';

/** What must be true of every history, once it has settled. What must hold at each moment is checked as it happens. */
export const checkPromises = async (club: Club): Promise<void> => {
  checkWork(club);
  await checkMoney(club);
  checkLinks(club);
  await checkMails(club);
};

/** Last, for a click may open a page. */
export { checkClicks };
