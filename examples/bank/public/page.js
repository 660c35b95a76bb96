import { startAuthentication, startRegistration, WebAuthnAbortService } from '/vendor/simplewebauthn/index.js';

import { clearLog, say } from './log.js';
import { answerOf, postJson, Refusal, runCeremony } from './step-up.js';

const element = (id) => document.getElementById(id);

const ceremonies = {
  enrol: {
    title: 'Enrol a passkey',
    done: 'Your passkey is enrolled.',
    begin: '/generate-registration-options',
    authenticator: (options) => startRegistration({ optionsJSON: options }),
    finish: '/verify-registration',
  },
  'sign-in': signIn('Sign in', '/generate-authentication-options'),
  'sign-in-step-up': signIn('Sign in with step-up', '/generate-authentication-options?risk=high'),
};

function signIn(title, begin) {
  return {
    title,
    done: 'You are signed in.',
    begin,
    authenticator: (options) => startAuthentication({ optionsJSON: options }),
    finish: '/verify-authentication',
  };
}

for (const [id, ceremony] of Object.entries(ceremonies)) {
  element(id).addEventListener('click', () => perform(ceremony));
}

element('account-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const known = event.submitter?.id === 'continue';
  const name = element('name').value;
  attempt(known ? 'Say who you are' : 'Open an account', async () => {
    await answerOf(await postJson(known ? '/login' : '/account', { name }));
    return known ? 'The bank knows the name.' : 'The account is open.';
  });
});

element('sign-out').addEventListener('click', () => {
  attempt('Sign out', async () => {
    await postJson('/logout', {});
    return 'You are signed out.';
  });
});

let busy = false;
await showSession();

function perform(ceremony) {
  attempt(ceremony.title, async () => {
    const abort = new AbortController();
    element('cancel').onclick = () => {
      abort.abort(new DOMException('You cancelled.', 'AbortError'));
      WebAuthnAbortService.cancelCeremony();
    };
    try {
      const { verified } = await runCeremony(ceremony, watch(), abort.signal);
      if (!verified) throw new Error('The bank did not accept the passkey.');
      return ceremony.done;
    } finally {
      element('capture').hidden = true;
    }
  });
}

/** Tells the person what goes on in a ceremony. */
function watch() {
  let waiting = false;
  return {
    options: () => say('The bank sent a challenge. Your device now asks you to unlock it.'),
    capture(stepUp) {
      waiting = false;
      say(`A live look at your face is wanted too (${stepUp.flow}, rule “${stepUp.rule}”).`);
      showCapture(stepUp);
    },
    credential: () => say('Your passkey answered. The answer is on its way to the bank.'),
    pending() {
      if (!waiting) say('Held back until the camera has seen you …');
      waiting = true;
    },
    unavailable: () => say('The face check cannot be reached. Trying again …'),
  };
}

function showCapture({ client, display, flow }) {
  const address = new URL(client.captureUrl);
  if (!['http:', 'https:'].includes(address.protocol)) throw new Error('Not an address to open');
  element('open-capture').href = address.href;
  element('capture-text').textContent =
    flow === 'registration'
      ? 'Your passkey is enrolled once the camera has seen who you are.'
      : 'Your passkey counts once the camera has seen that it is you.';
  element('capture-display').textContent = display ?? '';
  element('capture-display').hidden = !display;
  element('capture').hidden = false;
  element('open-capture').focus();
}

/** One action at a time; `act` says how it ended. */
async function attempt(title, act) {
  if (busy) return;
  setBusy(true);
  clearLog();
  say(title, 'start');
  try {
    say(await act(), 'good');
  } catch (error) {
    const code = error instanceof Refusal && error.code ? `Refused: ${error.code}. ` : '';
    say(`${code}${error.message}`, 'bad');
  }
  try {
    await showSession();
  } finally {
    setBusy(false);
  }
}

function setBusy(value) {
  busy = value;
  // Not `disabled`: that would take the focus away from who works by keyboard.
  document.body.dataset.busy = value;
}

async function showSession() {
  const response = await fetch('/me');
  const me = response.ok ? await response.json() : undefined;
  const state = me?.signedInWith ?? 'out';

  element('who').textContent = me ? `Hello, ${me.name}` : 'Nobody is signed in';
  element('what').textContent = {
    out: 'Open an account, or sign in with a passkey that you have.',
    name: me?.passkeys
      ? 'You said who you are. Your passkey proves it.'
      : 'Your account is open. Enrol a passkey to get in from now on.',
    passkey: 'Signed in with your passkey.',
  }[state];
  element('sign-out').hidden = state === 'out';
  element('account').hidden = state !== 'out';
  element('enrol').disabled = state === 'out';
  await showBalance(state === 'passkey');
  document.body.dataset.state = state;
}

async function showBalance(visible) {
  element('balance').hidden = !visible;
  if (!visible) return;
  const { amount, currency } = await answerOf(await fetch('/balance'));
  element('balance').textContent = `${amount} ${currency}`;
}
