// Copies the pictures of the README out of those that the last run of the tests left: `npm run pictures`.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ARTIFACTS } from './support/artifacts.mjs';

const PICTURES = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const CHOSEN = {
  registration: 'enrol-1-camera-wanted',
  routine: 'sign-in-routine',
  'step-up': 'someone-else-2-out',
  'cross-platform-desktop': 'cross-platform-1-desktop',
  'cross-platform-phone': 'cross-platform-2-is-this-you',
  recovery: 'recovery-2-seen',
  payment: 'payment-1-camera-wanted',
};

mkdirSync(PICTURES, { recursive: true });
for (const [name, artifact] of Object.entries(CHOSEN)) {
  copyFileSync(`${ARTIFACTS}${artifact}.png`, `${PICTURES}${name}.png`);
}
