// A recovery as a client of Countersign runs it. The bank alone asks for the code; the gateway wants the face as
// well, before it lets a replacement begin.
import { answerOf, postJson, untilSettled } from './answers.js';
import { runCeremony } from './step-up.js';

/**
 * Who, the face, then a registration that says that it continues a recovery.
 *
 * @param {object} who - the body of the bank's recovery route
 * @param {(options: object) => Promise<object>} authenticator - makes the replacement
 * @param {object} watch - as {@link runCeremony} wants it, and `captured(status)`, which may keep the recovery waiting
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the bank's answer to the finish
 */
export async function recover(who, authenticator, watch, signal) {
  const { stepUp } = await answerOf(await postJson('/recovery/start', who, signal));
  const headers = {};
  if (stepUp) {
    watch.capture(stepUp);
    const told = (status) => status === 'pending' && watch.pending();
    // However it ends: what that means for the recovery is said by the answer to the begin.
    await watch.captured(await untilSettled(stepUp.status, ['pending'], told, signal));
    headers['countersign-continuation'] = stepUp.client.continuation;
  }
  const begin = () => fetch('/generate-registration-options', { headers, signal });
  const replacement = { begin, authenticator, finish: '/verify-registration' };
  return runCeremony(replacement, stepUp ? afterCapture(watch) : watch, signal);
}

/** The begin speaks of the check that is done. */
function afterCapture(watch) {
  return { ...watch, capture: () => {} };
}
