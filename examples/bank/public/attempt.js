// One action at a time, told from its start to its end.
import { WebAuthnAbortService } from '/vendor/simplewebauthn/index.js';

import { Refusal } from './answers.js';
import { clearLog, say } from './log.js';

let running;

for (const button of document.querySelectorAll('[data-cancels]')) {
  button.addEventListener('click', () => cancelAttempt('You cancelled.'));
}

/**
 * @param {string} title - what is attempted
 * @param {(signal: AbortSignal) => Promise<string>} act - does it, and says how it ended well
 * @param {() => Promise<void>} [settle] - shows how things stand afterwards, however it ended
 */
export async function attempt(title, act, settle = async () => {}) {
  if (running) return;
  running = new AbortController();
  const { signal } = running;
  // Not `disabled`: that would take the focus away from who works by keyboard.
  document.body.dataset.busy = true;
  clearLog();
  say(title, 'start');
  try {
    say(await act(signal), 'good');
  } catch (error) {
    say(inWords(error), 'bad');
  }
  try {
    await settle();
  } finally {
    running = undefined;
    document.body.dataset.busy = false;
  }
}

/** Ends the action that is under way; `words` are how it ended. */
export function cancelAttempt(words) {
  running?.abort(new DOMException(words, 'AbortError'));
  WebAuthnAbortService.cancelCeremony();
}

function inWords(error) {
  const code = error instanceof Refusal && error.code ? `Refused: ${error.code}. ` : '';
  return `${code}${error.message}`;
}
