// A desktop and a phone, two browsers, and the whole stack: what one starts the other approves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startStack } from './stack.mjs';
import { screenshot } from './support/artifacts.mjs';
import { PHONE } from './support/browser.mjs';
import { desktopAndPhone, newCustomer, present } from './support/customers.mjs';
import { assertVouched, watchBank, watchOrchestrator } from './support/evidence.mjs';
import { ApprovePage, BankPage } from './support/pages.mjs';

const AUTHENTICATION = '/verify-authentication';

let stack;
before(async () => {
  stack = await startStack('cross-platform');
});
after(() => stack?.stop());

test('my face on the phone approves it', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const seen = watchBank(stack);
  const asked = watchOrchestrator(stack);
  await desktop.press('Approve on your phone');
  const { deepLink, number } = await desktop.handoff();
  await screenshot(desktop.page, 'cross-platform-1-desktop');

  await phone.open(deepLink);
  await phone.type(number);
  const { when, where } = await phone.asked();
  assert.notEqual(when, 'unknown');
  assert.equal(where, '127.0.0.1');
  await screenshot(phone.page, 'cross-platform-2-is-this-you');
  await desktop.says('Your phone has opened it');
  await phone.press('It is me');
  await phone.says('Held back');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must not have the assertion yet');

  await present(phone, 'my face', 'cross-platform-3-capture');

  assert.equal(await phone.outcome(), 'Approved. Go on where you came from.');
  assert.equal(await desktop.outcome(), 'Approved on your phone.');
  assert.equal(seen(AUTHENTICATION).length, 1);
  assertVouched(seen(AUTHENTICATION)[0], 'cross_platform');
  const changed = asked().filter((call) => call.startsWith('POST'));
  assert.deepEqual(changed, [
    'POST /v1/handoffs',
    'POST /v1/handoffs/consume',
    'POST /v1/handoffs/{id}/authentication',
    'POST /v1/sessions/{id}/complete',
  ]);
  await desktop.state('name');
  await screenshot(phone.page, 'cross-platform-4-approved');
  await screenshot(desktop.page, 'cross-platform-5-desktop-approved');
});

test('a phone that is signed in as the same customer approves it', async (context) => {
  const { desktop, phone, name } = await desktopAndPhone(context, stack);
  await new BankPage(phone.page, stack.url).sayName(name);
  await desktop.press('Approve on your phone');
  await phone.take(await desktop.handoff());
  await phone.asked();
  await phone.press('It is me');
  await present(phone, 'my face');
  assert.equal(await phone.outcome(), 'Approved. Go on where you came from.');
  assert.equal(await desktop.outcome(), 'Approved on your phone.');
});

test('someone else does not approve it', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const seen = watchBank(stack);
  await desktop.press('Approve on your phone');
  await phone.take(await desktop.handoff());
  await phone.asked();
  await phone.press('It is me');

  await present(phone, 'someone else');

  assert.match(await phone.outcome(), /^Refused: biometric_mismatch\. ./);
  assert.equal(await desktop.outcome(), 'The camera saw somebody else.');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must never have the assertion');
});

test('"Not me" ends it on both sides', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const seen = watchBank(stack);
  const asked = watchOrchestrator(stack);
  await desktop.press('Approve on your phone');
  await phone.take(await desktop.handoff());
  await phone.asked();
  await phone.press('Not me');

  assert.equal(await phone.outcome(), 'You said that it was not you. Nothing was approved.');
  assert.equal(await desktop.outcome(), 'It was turned down on the phone.');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must never have the assertion');
  assert.ok(asked().includes('POST /v1/handoffs/{id}/cancel'));
});

test('a wrong number spends the link: there is one guess', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const seen = watchBank(stack);
  await desktop.press('Approve on your phone');
  const { deepLink, number } = await desktop.handoff();
  await phone.open(deepLink);
  await phone.type(String((Number(number) + 1) % 100).padStart(2, '0'));
  assert.match(await phone.outcome(), /^Refused: ceremony_unknown\. ./);

  await phone.open(deepLink);
  await phone.type(number);
  assert.match(await phone.outcome(), /^Refused: ceremony_replayed\. ./);
  assert.deepEqual(seen('/generate-authentication-options'), [], 'no ceremony was begun');
});

test('a phone that is signed in as another customer is refused', async (context) => {
  const { desktop } = await desktopAndPhone(context, stack);
  const { page } = await newCustomer(context, stack, PHONE);
  const phone = new ApprovePage(page, stack.url);
  const seen = watchBank(stack);
  await desktop.press('Approve on your phone');
  await phone.take(await desktop.handoff());
  assert.match(await phone.outcome(), /^Refused: ceremony_unknown\. ./);
  assert.deepEqual(seen('/generate-authentication-options'), [], 'no ceremony was begun');
});

test('cancelled on the desktop, the link is dead', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  await desktop.press('Approve on your phone');
  const { deepLink, number } = await desktop.handoff();
  await desktop.says('Waiting for your phone');
  await desktop.page.locator('#handoff').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await desktop.outcome(), 'You cancelled.');

  await phone.open(deepLink);
  await phone.type(number);
  assert.match(await phone.outcome(), /^Refused: \w+\. ./);
});
