// The phone's side of a hand-off. Nothing is asked of the gateway, and so nothing shown, before the number: who
// opens a link that somebody else sent has no number to type.
import { startAuthentication } from '/vendor/simplewebauthn/index.js';

import { attempt, cancelAttempt } from './attempt.js';
import { hideCapture, watchCeremony } from './capture.js';
import { consumeHandoff, withdrawHandoff } from './handoff.js';
import { say } from './log.js';
import { pressed } from './pressed.js';
import { runCeremony } from './step-up.js';

const element = (id) => document.getElementById(id);

const token = location.hash.slice(1);
// A token in the address would be kept in the history.
history.replaceState(null, '', location.pathname);
show(token ? 'number' : 'lost');
element('number').focus();
// Another link, opened in this very tab, only changes the fragment.
addEventListener('hashchange', () => location.reload());

element('number-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const number = element('number').value;
  attempt('Approve a request', (signal) => approve(number, signal), async () => show('over'));
});
element('not-me').addEventListener('click', () => cancelAttempt('You said that it was not you. Nothing was approved.'));

async function approve(number, signal) {
  let handoff;
  const watch = {
    ...watchCeremony(),
    async options({ stepUp }) {
      handoff = stepUp.handoff;
      await confirmed(stepUp, signal);
      say('Your device now asks you to unlock it.');
    },
  };
  const ceremony = {
    begin: () => consumeHandoff(token, number, signal),
    authenticator: (options) => startAuthentication({ optionsJSON: options }),
    finish: '/verify-authentication',
  };
  try {
    const { verified } = await runCeremony(ceremony, watch, signal);
    if (!verified) throw new Error('The bank did not accept the passkey.');
    return 'Approved. Go on where you came from.';
  } catch (error) {
    if (signal.aborted && handoff) await withdrawHandoff(handoff);
    throw error;
  } finally {
    hideCapture();
  }
}

/** Shows what is asked, and waits until the person says that it is theirs. */
async function confirmed({ display, startedAt, startedFrom }, signal) {
  element('asked').textContent = display ?? 'Confirm that it is you';
  element('started-at').textContent = inWords(startedAt);
  element('started-from').textContent = startedFrom ?? 'unknown';
  show('confirm');
  element('confirm-title').focus();
  await pressed(element('is-me'), signal);
  // From here to the end "Not me" stays, and stays as good.
  element('is-me').hidden = true;
}

function inWords(time) {
  if (!time) return 'unknown';
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function show(state) {
  for (const card of document.querySelectorAll('[data-when]')) card.hidden = card.dataset.when !== state;
  document.body.dataset.state = state;
}
