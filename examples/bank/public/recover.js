import { startRegistration } from '/vendor/simplewebauthn/index.js';

import { attempt } from './attempt.js';
import { hideCapture, watchCeremony } from './capture.js';
import { say } from './log.js';
import { pressed } from './pressed.js';
import { recover } from './recovery.js';
import { showRecoveryCode } from './recovery-code.js';

const element = (id) => document.getElementById(id);

element('recovery-form').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt('Recover an account', replacePasskey);
});

async function replacePasskey(signal) {
  const who = {
    name: element('name').value,
    code: element('given-code').value,
    keepPasskeys: element('keep-passkeys').checked,
  };
  const ceremony = watchCeremony();
  const watch = {
    ...ceremony,
    capture(stepUp) {
      // Name and code have done their part.
      element('recovery').hidden = true;
      ceremony.capture(stepUp);
    },
    captured: (status) => status === 'matched' && backFromCamera(signal),
  };
  const authenticator = (options) => startRegistration({ optionsJSON: options });
  try {
    const { verified, recoveryCode } = await recover(who, authenticator, watch, signal);
    if (!verified) throw new Error('The bank did not accept the passkey.');
    element('recovery').hidden = true;
    element('recovered').hidden = false;
    element('others').textContent = who.keepPasskeys
      ? 'Your other passkeys are as good as before.'
      : 'Your other passkeys are good for nothing now, and what they opened is closed.';
    showRecoveryCode(recoveryCode);
    return 'Your new passkey is enrolled. Sign in with it.';
  } catch (error) {
    element('recovery').hidden = false;
    throw error;
  } finally {
    hideCapture();
    element('seen').hidden = true;
  }
}

/** The person is still where the camera was. An authenticator wants them here, and a press. */
async function backFromCamera(signal) {
  hideCapture();
  element('seen').hidden = false;
  element('make-passkey').focus();
  say('The camera has seen that it is you.');
  await pressed(element('make-passkey'), signal);
  element('seen').hidden = true;
}
