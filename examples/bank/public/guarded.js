// A request that may need a live look at the person first, as a client of Countersign sends it. Without Countersign it is
// a request like any other: no answer has a `stepUp`.
import { readAnswer, Refusal, retryAfter, UNAVAILABLE_TRIES } from './answers.js';

/**
 * Sends a request; where that is what is missing, steps up once, and sends the same request again.
 *
 * @param {(signal: AbortSignal) => Promise<Response>} send - always the same request: a step-up is good for that only
 * @param {(stepUp: object) => Promise<void>} stepUp - gets the refusal's `stepUp`, and does what it asks for
 * @param {object} watch - told what goes on: `unavailable()`
 * @param {AbortSignal} signal - ends it
 * @returns {Promise<object>} the answer
 */
export async function sendGuarded(send, stepUp, watch, signal) {
  let steppedUp = false;
  for (let unavailable = 0; ; ) {
    const response = await send(signal);
    const answer = await readAnswer(response);
    if (response.ok) return answer;
    if (response.status === 401 && answer.stepUp && !steppedUp) {
      steppedUp = true;
      await stepUp(answer.stepUp);
    } else if (answer.code === 'orchestrator_unavailable' && ++unavailable < UNAVAILABLE_TRIES) {
      watch.unavailable();
      await retryAfter(response, signal);
    } else {
      throw new Refusal(response.status, answer);
    }
    signal.throwIfAborted();
  }
}

/** Names the refusal that a begin or a hand-off is for; the cookie alone would say the last one, of any tab. */
export function forRefusal({ evidence }) {
  return { 'countersign-evidence': evidence };
}
