// Requests to the bank, and what its answers, and the gateway's, may be.

/** A try that finds the face check away is repeated; so often in a row, all in all. */
export const UNAVAILABLE_TRIES = 3;

/** An answer that ends what was asked: the bank's own, or a refusal (RFC 9457) with `code` and `detail`. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer.detail ?? answer.error ?? `The answer was ${status}`);
    this.status = status;
    this.code = answer.code;
  }
}

/** POST of JSON, as every route of the bank wants it. */
export function postJson(address, body, signal, headers = {}) {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
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

export async function readAnswer(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

/** Waits as long as `Retry-After` (seconds) says. */
export function retryAfter(response, signal) {
  const seconds = Number(response.headers.get('retry-after')) || 1;
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Asks the gateway how something stands until that is none of `passing` any more.
 *
 * @param {string} address - where it answers `{status}`
 * @param {string[]} passing - the words after which another comes
 * @param {(status: string) => void} told - hears every word once
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the last word
 */
export async function untilSettled(address, passing, told, signal) {
  let last;
  for (let unavailable = 0; ; ) {
    const response = await fetch(address, { signal });
    const answer = await readAnswer(response);
    if (response.ok) {
      unavailable = 0;
      if (answer.status !== last) told((last = answer.status));
      if (!passing.includes(last)) return last;
    } else if (answer.code !== 'orchestrator_unavailable' || ++unavailable === UNAVAILABLE_TRIES) {
      throw new Refusal(response.status, answer);
    }
    await retryAfter(response, signal);
  }
}
