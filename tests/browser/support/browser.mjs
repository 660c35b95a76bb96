// Chromium with a passkey authenticator that unlocks by itself.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { chromium } from 'playwright-core';

/** Options of a window as wide as a small telephone. */
export const PHONE = { viewport: { width: 360, height: 780 } };

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  // No look-ups of its vendor's hosts.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let chromiumOfThisFile;
after(async () => (await chromiumOfThisFile)?.close());

/** A window with cookies and storage of its own; closed with the test. */
export async function openBrowser(test, options = {}) {
  chromiumOfThisFile ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
  const browser = await chromiumOfThisFile;
  const context = await browser.newContext({ viewport: { width: 1060, height: 720 }, ...options });
  test.after(() => context.close());
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

/** A platform authenticator (CTAP2, resident keys, user verification) for this page. */
export async function addAuthenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () =>
      (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

/** One step by keyboard, to the element of this id. */
export async function tabTo(page, id) {
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), id);
}

/** What a camera makes of a QR code on the screen. */
export async function readCode(page, selector) {
  const picture = (await page.locator(selector).screenshot()).toString('base64');
  return page.evaluate(async (base64) => {
    const { decodeQR } = await import('/vendor/qr/decode.js');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas.drawImage(bitmap, 0, 0);
    return decodeQR(canvas.getImageData(0, 0, bitmap.width, bitmap.height));
  }, picture);
}
