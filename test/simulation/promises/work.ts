import { instantAfter } from '../../../lib/domain/ids.ts';
import type { Club } from '../club.ts';
import { DAY } from '../plan.ts';

/** Everything that was queued was handled, and no order owes Stripe anything. */
export const checkWork = (club: Club): void => {
  for (const [name, { deadLetters, waiting }] of Object.entries(club.queues)) {
    if (deadLetters.length + waiting > 0) {
      club.violated({
        promise: 'nothing is lost',
        detail: `the queue ${name} has ${waiting} messages waiting and ${deadLetters.length} given up`,
      });
    }
  }
  const longAgo = instantAfter(club.timeline.instant(0), -DAY);
  for (const order of club.watched.now()) {
    for (const [key, work] of Object.entries(order.dueWork)) {
      if (work.kind === 'attention' || work.dueAt > longAgo) continue;
      club.violated({
        promise: 'what is due is done',
        detail: `${key} is due since ${work.dueAt}`,
        orderId: order.orderId,
      });
    }
  }
};
