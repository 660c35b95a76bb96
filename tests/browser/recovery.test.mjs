// A lost device, a new one, and the whole stack: the new passkey counts when the face is the owner's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startStack } from './stack.mjs';
import { screenshot } from './support/artifacts.mjs';
import { addAuthenticator, openBrowser, PHONE } from './support/browser.mjs';
import { enrolledCustomer, present } from './support/customers.mjs';
import { assertVouched, watchBank, watchOrchestrator } from './support/evidence.mjs';
import { BankPage, RecoverPage } from './support/pages.mjs';

const START = '/recovery/start';
const BEGIN = '/generate-registration-options';
const FINISH = '/verify-registration';

let stack;
before(async () => {
  stack = await startStack('recovery');
});
after(() => stack?.stop());

test('my face gets me a new passkey, and the old one is worth nothing', async (context) => {
  const { lost, name, code } = await lostDevice(context);
  const found = await newDevice(context);
  const seen = watchBank(stack);
  const asked = watchOrchestrator(stack);
  await found.recover(name, code);
  await found.says('Held back');
  assert.equal(seen(START).length, 1);
  assert.deepEqual(seen(BEGIN), [], 'no replacement begins before the face is seen');
  await screenshot(found.page, 'recovery-1-camera-wanted');

  await present(found, 'my face');
  await found.says('The camera has seen that it is you');
  await screenshot(found.page, 'recovery-2-seen');
  await found.makePasskey();

  assert.equal(await found.outcome(), 'Your new passkey is enrolled. Sign in with it.');
  assert.equal(seen(BEGIN).length, 1);
  assert.deepEqual(ours(seen(BEGIN)[0]), [], 'the continuation is between the client and the gateway');
  assert.equal(seen(FINISH).length, 1);
  assertVouched(seen(FINISH)[0], 'recovery');
  const changed = asked().filter((call) => call.startsWith('POST'));
  assert.deepEqual(changed, [
    'POST /v1/recoveries',
    'POST /v1/recoveries/{id}/exchange',
    'POST /v1/sessions/{id}/complete',
  ]);
  await screenshot(found.page, 'recovery-3-done');

  await found.keepCode();
  await found.page.getByRole('link', { name: 'Go and sign in' }).click();
  const bank = new BankPage(found.page, stack.url);
  await bank.state('name');
  await bank.press('Sign in with step-up');
  await present(bank, 'my face');
  await bank.state('passkey');

  await lost.press('Sign in');
  assert.equal(await lost.outcome(), 'Authenticator is not registered with this site');
});

test('someone else, with the code, does not', async (context) => {
  const { lost, name, code } = await lostDevice(context);
  const thief = await newDevice(context);
  const seen = watchBank(stack);
  await thief.recover(name, code);

  await present(thief, 'someone else');

  assert.match(await thief.outcome(), /^Refused: recovery_mismatch\. ./);
  assert.deepEqual(seen(BEGIN), [], 'the bank must never be asked for a replacement');
  assert.deepEqual(seen(FINISH), []);
  await screenshot(thief.page, 'recovery-4-someone-else');

  await lost.press('Sign in');
  assert.equal(await lost.outcome(), 'You are signed in.', 'the owner is not locked out');
});

test('without the code there is no face check at all', async (context) => {
  const { name } = await lostDevice(context);
  const thief = await newDevice(context);
  const asked = watchOrchestrator(stack);
  await thief.recover(name, '0000-0000-0000-0000');
  assert.equal(await thief.outcome(), 'Name and code do not belong together');
  assert.deepEqual(asked(), []);
});

test('the other passkeys stay for who asks for it', async (context) => {
  const { lost, name, code } = await lostDevice(context);
  const added = await newDevice(context);
  await added.recover(name, code, { keepPasskeys: true });
  await present(added, 'my face');
  await added.makePasskey();
  assert.equal(await added.outcome(), 'Your new passkey is enrolled. Sign in with it.');
  await lost.press('Sign in');
  assert.equal(await lost.outcome(), 'You are signed in.');
});

/** The device of a customer who has enrolled there, signed out; and the code that they kept elsewhere. */
async function lostDevice(context) {
  const { bank, name, code } = await enrolledCustomer(context, stack);
  await bank.signOut();
  return { lost: bank, name, code };
}

async function newDevice(context) {
  const page = await openBrowser(context, PHONE);
  await addAuthenticator(page);
  const recovery = new RecoverPage(page, stack.url);
  await recovery.open();
  return recovery;
}

/** The headers and cookies that are not the bank's. */
function ours({ headers, cookies }) {
  const names = [...headers.map(([name]) => name), ...cookies];
  return names.filter((name) => /countersign|__Host-cs/.test(name));
}
