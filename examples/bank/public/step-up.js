// A passkey ceremony as a client of Countersign runs it. Against a bank without Countersign the same code runs an
// ordinary ceremony: no answer has a `stepUp`, no refusal has a `code`.
import { answerOf, postJson, readAnswer, Refusal, retryAfter, UNAVAILABLE_TRIES } from './answers.js';

/**
 * Begin, authenticator, finish; and, where the gateway wants a face, a capture meanwhile.
 *
 * @param {object} ceremony
 * @param {(signal: AbortSignal) => Promise<Response>} ceremony.begin - asks for the options
 * @param {(options: object) => Promise<object>} ceremony.authenticator - makes the credential
 * @param {string} ceremony.finish - POST address for the credential
 * @param {object} watch - told what goes on: `options(options)`, which may keep the ceremony waiting,
 *   `capture(stepUp)`, `credential()`, `pending()`, `unavailable()`
 * @param {AbortSignal} signal - ends the ceremony
 * @returns {Promise<object>} the bank's answer to the finish
 */
export async function runCeremony({ begin, authenticator, finish }, watch, signal) {
  const options = await answerOf(await begin(signal));
  await watch.options(options);
  signal.throwIfAborted();
  if (options.stepUp) watch.capture(options.stepUp);

  const credential = await authenticator(options).catch((error) => {
    // Cancelled: the authenticator's error says less than the signal.
    signal.throwIfAborted();
    throw error;
  });
  watch.credential();
  return deliver(finish, credential, Boolean(options.stepUp), watch, signal);
}

/** Sends the same finish until it is decided: a refusal that can pass has not cost the credential anything. */
async function deliver(finish, credential, capturing, watch, signal) {
  for (let unavailable = 0; ; ) {
    const response = await postJson(finish, credential, signal);
    if (response.ok) return response.json();

    const refusal = await readAnswer(response);
    if (refusal.code === 'verdict_pending') {
      watch.pending();
      await retryAfter(response, signal);
    } else if (refusal.code === 'step_up_required' && refusal.stepUp && !capturing) {
      // Only the credential told whose sign-in this is. The bank has not seen it yet.
      capturing = true;
      watch.capture(refusal.stepUp);
    } else if (refusal.code === 'orchestrator_unavailable' && ++unavailable < UNAVAILABLE_TRIES) {
      watch.unavailable();
      await retryAfter(response, signal);
    } else {
      throw new Refusal(response.status, refusal);
    }
  }
}
