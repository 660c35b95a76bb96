// People with an account at the stack's bank, and what they do at the camera.
import assert from 'node:assert/strict';

import { screenshot } from './artifacts.mjs';
import { addAuthenticator, openBrowser, PHONE } from './browser.mjs';
import { ApprovePage, BankPage } from './pages.mjs';

const NAMES = ['Ada', 'Grace', 'Joan', 'Mary', 'Edith', 'Karen', 'Radia', 'Sophie', 'Barbara', 'Hedy'];
// At a bank that was there before this run, names of earlier runs are taken.
const RUN = process.env.BANK_URL ? ` of ${process.pid}` : '';
let customers = 0;

/** Somebody with an account and a device, and no passkey yet. */
export async function newCustomer(test, stack, options) {
  const page = await openBrowser(test, options);
  const authenticator = await addAuthenticator(page);
  const bank = new BankPage(page, stack.url);
  const name = nextName();
  await bank.open();
  const code = await bank.openAccount(name);
  return { bank, page, name, code, authenticator };
}

/** Somebody who has enrolled with their own face, and said their name. */
export async function enrolledCustomer(test, stack, options) {
  const customer = await newCustomer(test, stack, options);
  await customer.bank.press('Enrol');
  await present(customer.bank, 'my face');
  assert.equal(await customer.bank.outcome(), 'Your passkey is enrolled.');
  return customer;
}

/** A customer's phone, with their passkey and signed out; and a desktop without one, where they said their name. */
export async function desktopAndPhone(test, stack) {
  const { bank, page, name } = await enrolledCustomer(test, stack, PHONE);
  await bank.signOut();
  const desktop = new BankPage(await openBrowser(test), stack.url);
  await desktop.open();
  await desktop.sayName(name);
  return { desktop, phone: new ApprovePage(page, stack.url), name };
}

/** Opens the capture page from one of the bank's pages and shows it a face. */
export async function present(page, face, picture) {
  const opened = page.page.context().waitForEvent('page');
  await (await page.camera()).click();
  const capture = await opened;
  const button = capture.getByRole('button', { name: face });
  await button.waitFor();
  if (picture) await screenshot(capture, picture);
  await button.click();
}

function nextName() {
  const round = Math.floor(customers / NAMES.length);
  const name = NAMES[customers++ % NAMES.length];
  return `${name}${round ? ` ${round + 1}` : ''}${RUN}`;
}
