// The card to pay with: what is paid, and how it goes where a live look at the person is wanted.
import { startAuthentication } from '/vendor/simplewebauthn/index.js';

import { answerOf, postJson } from './answers.js';
import { approveOnPhone } from './approve-on-phone.js';
import { attempt } from './attempt.js';
import { hideCapture, watchCeremony } from './capture.js';
import { forRefusal, sendGuarded } from './guarded.js';
import { say } from './log.js';
import { runCeremony } from './step-up.js';

const PAYMENTS = '/api/payments';
const CURRENCY = 'EUR';

const element = (id) => document.getElementById(id);

/** `settle` shows how things stand afterwards. */
export function watchPayments(settle) {
  element('pay-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const payment = { amount: element('amount').valueAsNumber, currency: CURRENCY, payee: element('payee').value };
    const stepUp = event.submitter?.id === 'pay-with-phone' ? stepUpOnPhone : stepUpHere;
    attempt('Pay', (signal) => pay(payment, stepUp, signal), settle);
  });
}

export async function showPayments(visible) {
  element('pay').hidden = !visible;
  if (!visible) return element('payments').replaceChildren();
  const { payments } = await answerOf(await fetch(PAYMENTS));
  element('payments').replaceChildren(...payments.map(entry));
}

async function pay(payment, stepUp, signal) {
  const watch = watchCeremony();
  const send = () => postJson(PAYMENTS, payment, signal);
  const ask = async (wanted) => {
    say(`This payment needs a live look at you: ${wanted.display ?? wanted.rule}.`);
    await stepUp(wanted, watch, signal);
    say('Sending the payment again.');
  };
  const { amount, currency, payee } = await sendGuarded(send, ask, watch, signal);
  return `Paid: ${inWords({ amount, currency, payee })}.`;
}

/** With the passkey and the camera of this device. */
async function stepUpHere(wanted, watch, signal) {
  const { method, path } = wanted.begin;
  const ceremony = {
    begin: () => fetch(path, { method, headers: forRefusal(wanted), signal }),
    authenticator: (options) => startAuthentication({ optionsJSON: options }),
    finish: '/verify-authentication',
  };
  try {
    await runCeremony(ceremony, watch, signal);
  } finally {
    hideCapture();
  }
}

async function stepUpOnPhone(wanted, _watch, signal) {
  say(await approveOnPhone(signal, forRefusal(wanted)));
}

function entry(payment) {
  const item = document.createElement('li');
  item.textContent = inWords(payment);
  return item;
}

function inWords({ amount, currency, payee }) {
  return `${amount.toFixed(2)} ${currency} to ${payee}`;
}
