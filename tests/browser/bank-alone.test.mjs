// The bank without anything in front of it: its passkeys work, so what the other tests see is Countersign's doing.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { screenshot } from './support/artifacts.mjs';
import { addAuthenticator, openBrowser, tabTo } from './support/browser.mjs';
import { startBank } from './support/bank.mjs';
import { BankPage } from './support/pages.mjs';

test('its server knows nothing of Countersign', () => {
  const bank = new URL('../../examples/bank/', import.meta.url);
  const sources = ['server.mjs', ...readdirSync(new URL('src/', bank)).map((name) => `src/${name}`)];
  for (const source of sources) {
    assert.doesNotMatch(readFileSync(new URL(source, bank), 'utf8'), /countersign|step[-_]?up|risk/i, source);
  }
});

test('enrol, sign in without a name, sign in with one', async (context) => {
  const { url, received } = await startBank(context);
  const page = await openBrowser(context);
  const authenticator = await addAuthenticator(page);
  const bank = new BankPage(page, url);
  await bank.open();
  await screenshot(page, 'bank-alone-1-nobody');
  await bank.openAccount('Ada');

  await bank.press('Enrol');
  assert.equal(await bank.outcome(), 'Your passkey is enrolled.');
  assert.equal((await authenticator.credentials()).length, 1);

  await bank.signOut();
  await bank.press('Sign in');
  await bank.state('passkey');
  await page.getByText('1 204.50 EUR').waitFor();
  await screenshot(page, 'bank-alone-2-signed-in');

  await bank.signOut();
  await bank.sayName('Ada');
  await bank.press('Sign in with step-up');
  await bank.state('passkey');

  const finishes = received().filter(({ path }) => path === '/verify-authentication');
  assert.equal(finishes.length, 2);
});

test('works by keyboard', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context);
  await addAuthenticator(page);
  const bank = new BankPage(page, url);
  await bank.open();

  const focused = () => page.evaluate(() => document.activeElement.id);
  await tabTo(page, 'name');
  await page.keyboard.type('Grace');
  await page.keyboard.press('Enter');
  await bank.state('name');
  await page.locator('#sign-out').focus();
  await tabTo(page, 'amount');
  await page.keyboard.type('1500');
  await tabTo(page, 'payee');
  await page.keyboard.type('Ann');
  await page.keyboard.press('Enter');
  assert.equal(await bank.outcome(), 'Paid: 1500.00 EUR to Ann.', 'a bank alone asks nobody for a face');
  assert.equal(await focused(), 'payee');
  await tabTo(page, 'pay-here');
  await tabTo(page, 'pay-with-phone');
  await tabTo(page, 'enrol');
  await page.keyboard.press('Enter');
  assert.equal(await bank.outcome(), 'Your passkey is enrolled.');
  assert.equal(await focused(), 'enrol');
  await tabTo(page, 'sign-in');
  await page.keyboard.press('Space');
  await bank.state('passkey');
});

test('says what the bank refuses', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context);
  await addAuthenticator(page);
  const bank = new BankPage(page, url);
  await bank.open();
  await page.getByLabel('Name').fill('Nobody');
  await bank.press('I have an account');
  assert.equal(await bank.outcome(), 'There is no account of that name');
  await bank.state('out');

  await bank.openAccount('Ada');
  await bank.press('Approve on your phone');
  assert.equal(await bank.outcome(), 'No such page', 'a bank alone knows no hand-off');
});
