// One device and the whole stack: Envoy with the filter, the bank, the orchestrator, the simulated face check.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startStack } from './stack.mjs';
import { screenshot } from './support/artifacts.mjs';
import { enrolledCustomer, newCustomer, present } from './support/customers.mjs';
import { assertVouched, watchBank } from './support/evidence.mjs';

const REGISTRATION = '/verify-registration';
const AUTHENTICATION = '/verify-authentication';

let stack;
before(async () => {
  stack = await startStack('countersign');
});
after(() => stack?.stop());

test('enrol: the passkey counts once the face is seen', async (context) => {
  const { bank, page } = await newCustomer(context, stack);
  const seen = watchBank(stack);
  await bank.press('Enrol');
  await bank.says('Held back');
  assert.deepEqual(seen(REGISTRATION), [], 'the bank must not have the passkey yet');
  await screenshot(page, 'enrol-1-camera-wanted');

  await present(bank, 'my face', 'enrol-2-capture');

  assert.equal(await bank.outcome(), 'Your passkey is enrolled.');
  assert.equal(seen(REGISTRATION).length, 1);
  assertVouched(seen(REGISTRATION)[0], 'registration');
  await screenshot(page, 'enrol-3-done');
});

test('sign in: a routine sign-in asks nobody', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const calls = stack.orchestratorCalls().length;
  assert.ok(calls > 0, 'the enrolment must be in the log, or an empty log would prove nothing');
  const seen = watchBank(stack);
  await bank.press('Sign in');

  assert.equal(await bank.outcome(), 'You are signed in.');
  await bank.state('passkey');
  assert.equal(seen(AUTHENTICATION).length, 1);
  assert.deepEqual(stack.orchestratorCalls().slice(calls), []);
  await screenshot(page, 'sign-in-routine');
});

test('sign in with step-up: my face is in', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const seen = watchBank(stack);
  await bank.press('Sign in with step-up');
  await bank.says('Held back');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must not have the assertion yet');

  await present(bank, 'my face', 'step-up-1-capture');

  assert.equal(await bank.outcome(), 'You are signed in.');
  await bank.state('passkey');
  assert.equal(seen(AUTHENTICATION).length, 1);
  assertVouched(seen(AUTHENTICATION)[0], 'step_up');
  await screenshot(page, 'step-up-2-in');
});

test('sign in with step-up: someone else stays out', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const seen = watchBank(stack);
  await bank.press('Sign in with step-up');

  await present(bank, 'someone else', 'someone-else-1-capture');

  assert.match(await bank.outcome(), /^Refused: biometric_mismatch\. ./);
  await bank.state('name');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must never have the assertion');
  assert.equal(await page.getByText('1 204.50 EUR').isVisible(), false);
  await screenshot(page, 'someone-else-2-out');
});

test('sign in with step-up, without a name: the finish asks for the face', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  await bank.signOut();
  const seen = watchBank(stack);
  await bank.press('Sign in with step-up');
  await bank.says('Held back');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must not have the assertion yet');

  await present(bank, 'my face', 'nameless-1-capture');

  assert.equal(await bank.outcome(), 'You are signed in.');
  await bank.state('passkey');
  assert.equal(seen(AUTHENTICATION).length, 1);
  assertVouched(seen(AUTHENTICATION)[0], 'step_up');
  await screenshot(page, 'nameless-2-in');
});

test('sign in with step-up, without a name: someone else stays out', async (context) => {
  const { bank } = await enrolledCustomer(context, stack);
  await bank.signOut();
  const seen = watchBank(stack);
  await bank.press('Sign in with step-up');

  await present(bank, 'someone else');

  assert.match(await bank.outcome(), /^Refused: biometric_mismatch\. ./);
  await bank.state('out');
  assert.deepEqual(seen(AUTHENTICATION), [], 'the bank must never have the assertion');
});
