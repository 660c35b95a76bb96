// A hand-off between two devices as a client of Countersign runs it: the calls of both sides.
import { answerOf, postJson, untilSettled } from './answers.js';

const HANDOFFS = '/.countersign/handoffs';

/**
 * Asks for a hand-off.
 *
 * @param {AbortSignal} signal
 * @param {object} [headers] - that name the refusal it is for
 * @returns {Promise<object>} the gateway's answer, and `secondsLeft`: by its own clock, for this one may be wrong
 */
export async function openHandoff(signal, headers) {
  const response = await postJson(HANDOFFS, {}, signal, headers);
  const handoff = await answerOf(response);
  const now = new Date(response.headers.get('date') ?? Date.now());
  return { ...handoff, secondsLeft: (new Date(handoff.expiresAt) - now) / 1000 };
}

/** Follows a hand-off to its end: `completed`, `not_matched`, `cancelled` or `expired`. */
export function followHandoff({ status }, told, signal) {
  return untilSettled(status, ['waiting', 'consumed', 'matched'], told, signal);
}

/** Gives a hand-off up, from either side: nothing can come of it any more. */
export async function withdrawHandoff(id) {
  const response = await fetch(`${HANDOFFS}/${encodeURIComponent(id)}`, { method: 'DELETE' });
  if (!response.ok) await answerOf(response);
}

/** On the other device: what a begin would answer. Right or wrong, the number spends the token. */
export function consumeHandoff(token, number, signal) {
  return postJson(`${HANDOFFS}/consume`, { token, number }, signal);
}
