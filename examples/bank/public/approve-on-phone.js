// The panel of a hand-off to a phone: what to scan, what to type there, how long it stays good.
import encodeQR from '/vendor/qr/index.js';

import { followHandoff, openHandoff, withdrawHandoff } from './handoff.js';
import { say } from './log.js';

const element = (id) => document.getElementById(id);

const WORDS = {
  waiting: 'Waiting for your phone …',
  consumed: 'Your phone has opened it, and wants to know whether it is you …',
  matched: 'The camera has seen that it is you. Waiting for the passkey …',
};
const ENDS = {
  not_matched: 'The camera saw somebody else.',
  cancelled: 'It was turned down on the phone.',
  expired: 'Nobody approved it in time.',
};

/** Opens a hand-off and follows it to its end; `headers` name the refusal that it is for, if it is for one. */
export async function approveOnPhone(signal, headers) {
  const handoff = await openHandoff(signal, headers);
  try {
    show(handoff, signal);
    const end = await followHandoff(handoff, (status) => WORDS[status] && say(WORDS[status]), signal);
    if (end !== 'completed') throw new Error(ENDS[end] ?? 'It was not approved.');
    return 'Approved on your phone.';
  } catch (error) {
    if (signal.aborted) await withdrawHandoff(handoff.id);
    throw error;
  } finally {
    element('handoff').hidden = true;
    // What is used up leads nobody anywhere, but has no business to stay.
    element('handoff-qr').replaceChildren();
    element('copy-link').onclick = null;
  }
}

function show({ deepLink, qr, number, secondsLeft }, signal) {
  element('handoff-qr').replaceChildren(drawing(qr));
  element('handoff-number').textContent = number;
  // Not a link to press: it is for another device, and here it would take this session along.
  element('copy-link').onclick = () => copy(deepLink);
  element('handoff').hidden = false;
  element('handoff-title').focus();
  countDown(secondsLeft, signal);
}

function drawing(text) {
  const markup = encodeQR(text, 'svg', { ecc: 'low', border: 4 });
  return new DOMParser().parseFromString(markup, 'image/svg+xml').documentElement;
}

async function copy(link) {
  await navigator.clipboard.writeText(link);
  say('The link is copied. Open it on your phone.');
}

/** By the time that has passed, not by the clock on the wall. */
function countDown(seconds, signal) {
  const end = performance.now() + seconds * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    element('handoff-left').textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    if (left === 0 || element('handoff').hidden || signal.aborted) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
}
