// A passkey ceremony as a client of Countersign runs it. Against a bank without Countersign the same code runs an
// ordinary ceremony: no answer has a `stepUp`, no refusal has a `code`.

/** An answer that ends the ceremony: the bank's own, or a refusal (RFC 9457) with `code` and `detail`. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer.detail ?? answer.error ?? `The answer was ${status}`);
    this.status = status;
    this.code = answer.code;
  }
}

const UNAVAILABLE_TRIES = 3;

/**
 * Begin, authenticator, finish; and, where the gateway wants a face, a capture meanwhile.
 *
 * @param {object} ceremony
 * @param {string} ceremony.begin - GET address of the options
 * @param {(options: object) => Promise<object>} ceremony.authenticator - makes the credential
 * @param {string} ceremony.finish - POST address for the credential
 * @param {object} watch - told what goes on: `options()`, `capture(stepUp)`, `credential()`, `pending()`, `unavailable()`
 * @param {AbortSignal} signal - ends the ceremony
 * @returns {Promise<object>} the bank's answer to the finish
 */
export async function runCeremony({ begin, authenticator, finish }, watch, signal) {
  const options = await answerOf(await fetch(begin, { signal }));
  watch.options();
  if (options.stepUp) watch.capture(options.stepUp);

  const credential = await authenticator(options);
  signal.throwIfAborted();
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

/** POST of JSON, as every route of the bank wants it. */
export function postJson(address, body, signal) {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}

/** The JSON of a good answer; any other is thrown as a {@link Refusal}. */
export async function answerOf(response) {
  const answer = await readAnswer(response);
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

async function readAnswer(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

/** Waits as long as `Retry-After` (seconds) says. */
function retryAfter(response, signal) {
  const seconds = Number(response.headers.get('retry-after')) || 1;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
