import { startAuthentication, startRegistration } from '/vendor/simplewebauthn/index.js';

import { answerOf, postJson } from './answers.js';
import { approveOnPhone } from './approve-on-phone.js';
import { attempt } from './attempt.js';
import { hideCapture, watchCeremony } from './capture.js';
import { showPayments, watchPayments } from './pay.js';
import { hideRecoveryCode, showRecoveryCode } from './recovery-code.js';
import { runCeremony } from './step-up.js';

const element = (id) => document.getElementById(id);

const ceremonies = {
  enrol: {
    title: 'Enrol a passkey',
    done: 'Your passkey is enrolled.',
    begin: (signal) => fetch('/generate-registration-options', { signal }),
    authenticator: (options) => startRegistration({ optionsJSON: options }),
    finish: '/verify-registration',
  },
  'sign-in': signIn('Sign in', '/generate-authentication-options'),
  'sign-in-step-up': signIn('Sign in with step-up', '/generate-authentication-options?risk=high'),
};

function signIn(title, address) {
  return {
    title,
    done: 'You are signed in.',
    begin: (signal) => fetch(address, { signal }),
    authenticator: (options) => startAuthentication({ optionsJSON: options }),
    finish: '/verify-authentication',
  };
}

for (const [id, ceremony] of Object.entries(ceremonies)) {
  element(id).addEventListener('click', () => perform(ceremony));
}

element('account-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = element('name').value;
  if (event.submitter?.id === 'continue') {
    attempt('Say who you are', () => sayName(name), showSession);
  } else {
    attempt('Open an account', () => openAccount(name), showSession);
  }
});

element('approve-on-phone').addEventListener('click', () => {
  attempt('Approve on your phone', approveOnPhone, showSession);
});

watchPayments(showSession);

element('sign-out').addEventListener('click', () => {
  attempt('Sign out', signOut, showSession);
});

await showSession();

function perform(ceremony) {
  attempt(
    ceremony.title,
    async (signal) => {
      try {
        const { verified } = await runCeremony(ceremony, watchCeremony(), signal);
        if (!verified) throw new Error('The bank did not accept the passkey.');
        return ceremony.done;
      } finally {
        hideCapture();
      }
    },
    showSession,
  );
}

async function openAccount(name) {
  const { recoveryCode } = await answerOf(await postJson('/account', { name }));
  showRecoveryCode(recoveryCode);
  return 'The account is open.';
}

async function sayName(name) {
  await answerOf(await postJson('/login', { name }));
  return 'The bank knows the name.';
}

async function signOut() {
  await postJson('/logout', {});
  return 'You are signed out.';
}

async function showSession() {
  const response = await fetch('/me');
  const me = response.ok ? await response.json() : undefined;
  const state = me?.signedInWith ?? 'out';

  element('who').textContent = state === 'out' ? 'Nobody is signed in' : `Hello, ${me.name}`;
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
  element('approve-on-phone').disabled = state === 'out';
  if (state === 'out') hideRecoveryCode();
  await showBalance(state === 'passkey');
  await showPayments(state !== 'out');
  document.body.dataset.state = state;
}

async function showBalance(visible) {
  element('balance').hidden = !visible;
  if (!visible) return;
  const { amount, currency } = await answerOf(await fetch('/balance'));
  element('balance').textContent = `${amount} ${currency}`;
}
