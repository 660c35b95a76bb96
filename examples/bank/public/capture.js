// The camera panel, and what a ceremony tells the person.
import { say } from './log.js';

const element = (id) => document.getElementById(id);

const REASONS = {
  registration: 'Your passkey is enrolled once the camera has seen who you are.',
  recovery: 'You can make a new passkey once the camera has seen that it is you.',
};
const REASON = 'Your passkey counts once the camera has seen that it is you.';

export function showCapture({ client, display, flow }) {
  const address = new URL(client.captureUrl);
  if (!['http:', 'https:'].includes(address.protocol)) throw new Error('Not an address to open');
  element('open-capture').href = address.href;
  element('capture-text').textContent = REASONS[flow] ?? REASON;
  element('capture-display').textContent = display ?? '';
  element('capture-display').hidden = !display;
  element('capture').hidden = false;
  element('open-capture').focus();
}

export function hideCapture() {
  element('capture').hidden = true;
}

/** Tells the person what goes on in a ceremony, and shows the camera when it is wanted. */
export function watchCeremony() {
  let waiting = false;
  return {
    options: () => say('The bank sent a challenge. Your device now asks you to unlock it.'),
    capture(stepUp) {
      waiting = false;
      const rule = stepUp.rule ? `, rule “${stepUp.rule}”` : '';
      say(`A live look at your face is wanted too (${stepUp.flow}${rule}).`);
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
