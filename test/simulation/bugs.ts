/** A mistake that somebody could make: a piece of the code as it would be then. */
export type Bug = {
  name: string;
  /** From the root of the project. */
  file: string;
  /** Stands there exactly once. */
  instead: string;
  says: string;
};

/** Each is planted by itself, and the simulation has to find it. What they say runs as it stands, without being compiled. */
export const bugs: readonly Bug[] = [
  {
    name: 'no condition on the write of an order',
    file: 'test/support/memory/orders.ts',
    instead: "if (orders.get(next.orderId)?.revision !== next.revision) return 'conflict';",
    says: "if (!orders.has(next.orderId)) return 'conflict';",
  },
  {
    name: 'deactivate before recording',
    file: 'lib/usecases/change-order.ts',
    instead: 'const after = next === before ? before : await deps.orders.save(next);',
    says: `for (const { kind, about } of next === before ? [] : Object.values(next.dueWork)) {
      if (kind === 'retire' && about.startsWith('plink_')) await deps.stripe.deactivateLink(about);
    }
    const after = next === before ? before : await deps.orders.save(next);`,
  },
  {
    name: 'dedupe by event id only',
    file: 'lib/usecases/fulfil-payment.ts',
    instead: 'applyNotice(deps.readEvent(message.body), deps);',
    says: `{
  globalThis.events ??= new WeakMap();
  const seen = globalThis.events.get(deps.readEvent) ?? new Set();
  globalThis.events.set(deps.readEvent, seen);
  if (seen.has(message.eventId)) return;
  seen.add(message.eventId);
  await applyNotice(deps.readEvent(message.body), deps);
};`,
  },
  {
    name: 'trust the order of events',
    file: 'lib/domain/facts.ts',
    instead: 'const [later, earlier] = isLater(known, arriving) ? [known, arriving] : [arriving, known];',
    says: 'const [later, earlier] = [arriving, known];',
  },
  {
    name: 'mail before claim',
    file: 'lib/usecases/deliver.ts',
    instead: "if ((await deps.blasts.claim(claimed)) === 'taken') return { kind: 'taken' };",
    says: `const early = await prepare(to, looked, deps);
  if (early.kind === 'mail') {
    const { messageId } = await deps.mailer.send({ ...early.mail, deliveryTag: deliveryTagOf(claimed) });
    if ((await deps.blasts.claim(claimed)) === 'taken') return { kind: 'taken' };
    const at = deps.clock.now();
    await deps.blasts.settle({ ...claimed, state: 'sent', messageId, sentAt: at, settledAt: at });
    return { kind: 'settled', as: 'sent' };
  }
  if ((await deps.blasts.claim(claimed)) === 'taken') return { kind: 'taken' };`,
  },
  {
    name: 'forget the re-read',
    file: 'lib/usecases/deliver.ts',
    instead: 'if (order === undefined || reason !== null) return',
    says: 'if (order === undefined) return',
  },
  {
    name: 'retry SES on timeout',
    file: 'lib/usecases/deliver.ts',
    instead:
      'const { messageId } = await deps.mailer.send({ ...mail, deliveryTag: deliveryTagOf(claimed) });',
    says: `const tagged = { ...mail, deliveryTag: deliveryTagOf(claimed) };
    const { messageId } = await deps.mailer.send(tagged).catch((error) => {
      if (error instanceof MailUnclear) return deps.mailer.send(tagged);
      throw error;
    });`,
  },
  {
    name: 'no idempotency key of the order',
    file: 'lib/usecases/mint-link.ts',
    instead: "attempt, digest].join('/');",
    says: "attempt, digest, deps.clock.now(), globalThis.minted = (globalThis.minted ?? 0) + 1].join('/');",
  },
  {
    name: 'a new key per retry',
    file: 'lib/domain/order-changes.ts',
    instead: '!hasFailed &&',
    says: 'false &&',
  },
  {
    name: 'ignore the second payment',
    file: 'lib/usecases/fulfil-payment.ts',
    instead:
      "if (order === undefined) return;\n    await record(notice, order, deps, (amount) => ({\n      kind: 'payment',",
    says: "if (order === undefined || statusOf(order) === 'paid') return;\n    await record(notice, order, deps, (amount) => ({\n      kind: 'payment',",
  },
  {
    name: 'persist a replayed link',
    file: 'lib/domain/order-changes.ts',
    instead: 'const fits = surface.generation === order.generation && currentSurface(order) === undefined;',
    says: `const fits = currentSurface(order) === undefined;
  surface = { ...surface, generation: fits ? order.generation : surface.generation };`,
  },
  {
    name: 'status in the audience key',
    file: 'test/support/memory/orders.ts',
    instead: '.add(order.orderId);\n    byFamily(order.familyId).add(order.orderId);',
    says: `[Object.keys(order.facts).length === 0 ? 'add' : 'delete'](order.orderId);
    byFamily(order.familyId).add(order.orderId);`,
  },
  {
    name: 'no closing pass',
    file: 'lib/usecases/work-ticket.ts',
    instead: 'if (swept || (pass > 1 && gained.addedInPass === 0)) {',
    says: 'if (pass > 0) {',
  },
  {
    name: 'adopt an orphan of a closed generation',
    file: 'lib/usecases/reconcile/kinds.ts',
    instead:
      'return mayAdopt(order, { generation, amount: link.amount }, now)\n    ? recordSurface(order, surface, now)\n    : recordStray(order, surface, now);',
    says: 'return recordSurface(order, { ...surface, generation: order.generation }, now);',
  },
  {
    name: 'refund state by last arrival',
    file: 'lib/domain/facts.ts',
    instead: 'const [later, earlier] = isLater(known, arriving) ? [known, arriving] : [arriving, known];',
    says: "const [later, earlier] = arriving.kind !== 'refund' && isLater(known, arriving) ? [known, arriving] : [arriving, known];",
  },
  {
    name: 'a failed debit leaves the generation open',
    file: 'lib/domain/order-changes.ts',
    instead: "if (fact.kind === 'payment') return fact.generation === order.generation;",
    says: "if (fact.kind === 'payment') return false;",
  },
  {
    name: 'an amended amount leaves the generation open',
    file: 'lib/domain/order-changes.ts',
    instead: "return fact.kind === 'decision' && fact.decision === 'amend';",
    says: 'return false;',
  },
  {
    name: 'the end of a contract leaves the page open',
    file: 'lib/domain/order-changes.ts',
    instead: "const open = payability(order, now) === 'payable' && !contractHasEnded(order);",
    says: "const open = payability(order, now) === 'payable';",
  },
  {
    name: 'a link is closed, and its open pages are not',
    file: 'lib/usecases/work-for-stripe.ts',
    instead: 'for (const session of await deps.stripe.openSessionsOf(surface.stripeId)) {',
    says: 'for (const session of []) {',
  },
  {
    name: 'whoever comes back from Stripe is sent to pay again',
    file: 'lib/usecases/answer-click.ts',
    instead: 'if (input.backFromStripe) return',
    says: 'if (false) return',
  },
  {
    name: 'the page of an earlier amount is handed out',
    file: 'lib/domain/order.ts',
    instead: 'surface.generation === order.generation &&\n      surface.url !== null &&',
    says: 'surface.url !== null &&',
  },
  {
    name: 'what Stripe has failed for good is asked under the same key',
    file: 'lib/domain/order-changes.ts',
    instead: '!hasFailed &&',
    says: '',
  },
  {
    name: 'every mailing is refused',
    file: 'lib/usecases/approve-preview.ts',
    instead: 'if (instantAfter(preview.asOf, PREVIEW_LIVES_MS) <= now) {',
    says: 'if (true) {',
  },
  {
    name: 'a page that is about to end is handed out',
    file: 'lib/domain/order.ts',
    instead: 'surface.expiresAt > instantAfter(now, LEAST_TIME_TO_PAY_MS)',
    says: 'surface.expiresAt > now',
  },
  {
    name: 'the cursor moves before the mails leave',
    file: 'lib/usecases/work-ticket.ts',
    instead: 'const { added, unclear, halt } = await mailPage({ ...job, page }, deps);',
    says: `await hold.save({ swept: true });
    const { added, unclear, halt } = await mailPage({ ...job, page }, deps);`,
  },
  {
    name: 'suppression is not looked at',
    file: 'lib/domain/eligibility.ts',
    instead: "if (standing.suppressed !== null) return 'suppressed';",
    says: '',
  },
  {
    name: 'what cannot be matched is only logged',
    file: 'lib/usecases/fulfil-payment.ts',
    instead: 'await deps.orders.keepUnmatched({',
    says: '(async () => undefined)({',
  },
  {
    name: 'a webhook is acknowledged before it is queued',
    file: 'lib/usecases/receive-webhook.ts',
    instead: 'await deps.eventQueue.send([{ eventId: head.output.id, type: head.output.type, body }]);',
    says: 'await deps.eventQueue.send([{ eventId: head.output.id, type: head.output.type, body }]).catch(() => undefined);',
  },
  {
    name: 'a page asks for the first amount',
    file: 'lib/usecases/surface-request.ts',
    instead: 'amount: dueOf(order),',
    says: 'amount: order.originalAmount,',
  },
  {
    name: 'work is forgotten before Stripe has confirmed it',
    file: 'lib/usecases/work-for-stripe.ts',
    instead: 'if (surface !== undefined) await retire(surface, order, deps);',
    says: 'if (surface !== undefined) await retire(surface, order, deps).catch(() => undefined);',
  },
  {
    name: 'an unclear mail is sent again',
    file: 'lib/usecases/unclear-claims.ts',
    instead: "{ ...row, state: 'held', reason: 'no_answer', settledAt }",
    says: "{ ...row, state: 'released', reason: 'no_answer', settledAt }",
  },
  {
    name: 'a claim that is taken counts as ours',
    file: 'lib/usecases/deliver.ts',
    instead: "if ((await deps.blasts.claim(claimed)) === 'taken') return { kind: 'taken' };",
    says: 'await deps.blasts.claim(claimed);',
  },
  {
    name: 'two refunds of one decision',
    file: 'lib/usecases/work-for-stripe.ts',
    instead: "[system, orderId, 'refund', decisionId].join('/'),",
    says: "[system, orderId, 'refund', decisionId, deps.clock.now()].join('/'),",
  },
  {
    name: 'a write that met another one counts as done',
    file: 'lib/usecases/change-order.ts',
    instead: "if (after !== 'conflict') {",
    says: "if (after === 'conflict') return { before, after: next };\n    if (after !== 'conflict') {",
  },
  {
    name: 'a revoked key opens',
    file: 'lib/domain/pay-token.ts',
    instead: "return key.revoked ? { kind: 'revoked' } : { kind: 'valid', subject };",
    says: "return { kind: 'valid', subject };",
  },
  {
    name: 'an order that has closed can be paid',
    file: 'lib/domain/order.ts',
    instead: "return order.closesAt !== null && order.closesAt <= now ? 'closed' : 'payable';",
    says: "return 'payable';",
  },
  {
    name: 'a pause is not noticed',
    file: 'lib/usecases/work-ticket.ts',
    instead: "return state === 'sending' ? null : 'state';",
    says: 'return null;',
  },
  {
    name: 'nobody sweeps',
    file: 'lib/usecases/tick.ts',
    instead: 'const order = await sweepOrder(orderId, deps);',
    says: 'const order = await deps.orders.get(orderId);',
  },
  {
    name: 'payments are not compared with Stripe',
    file: 'lib/usecases/reconcile/money.ts',
    instead: 'if (orderId === undefined || isYoung(item.at, deps.clock.now())) continue;',
    says: "if (orderId === undefined || kind === 'payments') continue;",
  },
];
