// A payment and the whole stack: above the limit the bank has it once a face was seen for these very values.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startStack } from './stack.mjs';
import { screenshot } from './support/artifacts.mjs';
import { PHONE, tabTo } from './support/browser.mjs';
import { desktopAndPhone, enrolledCustomer, present } from './support/customers.mjs';
import { assertVouched, watchBank, watchOrchestrator } from './support/evidence.mjs';

const PAYMENTS = '/api/payments';
const AUTHENTICATION = '/verify-authentication';
const RENT = { amount: 1500, currency: 'EUR', payee: 'Harbour Rent' };
const ASKED = 'Pay 1500 EUR to Harbour Rent';
const PAID = '1500.00 EUR to Harbour Rent';

let stack;
before(async () => {
  stack = await startStack('payment');
});
after(() => stack?.stop());

test('a small payment asks nobody', async (context) => {
  const { bank } = await enrolledCustomer(context, stack);
  const made = watchPayments();
  const asked = watchOrchestrator(stack);
  await bank.pay({ ...RENT, amount: 900 });

  assert.equal(await bank.outcome(), 'Paid: 900.00 EUR to Harbour Rent.');
  assert.deepEqual(made().map(({ body }) => body), [{ ...RENT, amount: 900 }]);
  assert.deepEqual(asked(), []);
  assert.deepEqual(await bank.payments(), ['900.00 EUR to Harbour Rent']);
});

test('a large one is refused, and told what it takes', async (context) => {
  const { page } = await enrolledCustomer(context, stack);
  const made = watchPayments();
  const asked = watchOrchestrator(stack);
  assertRefused(await send(page, RENT), ASKED);
  assertRefused(await send(page, { ...RENT, amount: 1, currency: 'USD' }), 'Pay 1 USD to Harbour Rent');
  assert.deepEqual(made(), [], 'the bank must never have it');
  assert.deepEqual(asked(), [], 'no face check before somebody begins one');
});

test('my face pays, once', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const made = watchPayments();
  await bank.pay(RENT);
  await bank.says(`This payment needs a live look at you: ${ASKED}.`);
  await bank.says('Held back');
  assert.equal(await page.locator('#capture-display').textContent(), ASKED);
  assert.deepEqual(made(), [], 'the bank must not have the payment yet');
  await screenshot(page, 'payment-1-camera-wanted');

  await present(bank, 'my face', 'payment-2-capture');

  assert.equal(await bank.outcome(), `Paid: ${PAID}.`);
  await bank.state('passkey');
  assert.deepEqual(made().map(({ body }) => body), [RENT]);
  assertVouched(made()[0], 'step_up');
  assert.deepEqual(await bank.payments(), [PAID]);
  await screenshot(page, 'payment-3-paid');

  assertRefused(await send(page, RENT), ASKED);
  await bank.pay(RENT);
  await bank.says('Held back');
  await bank.press('Cancel');
  assert.equal(await bank.outcome(), 'You cancelled.');
  assert.equal(made().length, 1, 'the bank has it once');
});

test('someone else pays nothing', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const made = watchPayments();
  const seen = watchBank(stack);
  await bank.pay(RENT);

  await present(bank, 'someone else', 'payment-4-someone-else');

  assert.match(await bank.outcome(), /^Refused: biometric_mismatch\. ./);
  assertRefused(await send(page, RENT), ASKED);
  assert.deepEqual(made(), [], 'the bank must never have the payment');
  assert.deepEqual(seen(AUTHENTICATION), [], 'nor the assertion');
  assert.deepEqual(await bank.payments(), []);
  await screenshot(page, 'payment-5-refused');
});

test('the face was shown this payment, and no other passes', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const made = watchPayments();
  const thief = { ...RENT, payee: 'Someone Else' };
  // What the page sends after the step-up is another payment than the one that was refused.
  let sent = 0;
  await page.route(`**${PAYMENTS}`, (route) => {
    if (route.request().method() !== 'POST' || ++sent !== 2) return route.continue();
    return route.continue({ postData: JSON.stringify(thief) });
  });
  await bank.pay(RENT);

  await present(bank, 'my face');

  assert.match(await bank.outcome(), /^Refused: elevation_mismatch\. ./);
  assert.deepEqual(made(), [], 'the bank must never have the other payment');
  assert.equal((await send(page, RENT)).status, 201, 'what was agreed to still passes');
  assert.deepEqual(made().map(({ body }) => body), [RENT]);
});

test('my face on the phone pays at the desktop, once', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const made = watchPayments();
  const seen = watchBank(stack);
  const asked = watchOrchestrator(stack);
  await desktop.pay(RENT, 'Pay, with my phone');
  const { deepLink, number } = await desktop.handoff();
  await screenshot(desktop.page, 'payment-phone-1-desktop');

  await phone.open(deepLink);
  await phone.type(number);
  assert.equal((await phone.asked()).what, ASKED);
  await screenshot(phone.page, 'payment-phone-2-is-this-you');
  await phone.press('It is me');
  await phone.says('Held back');
  assert.deepEqual(made(), [], 'the bank must not have the payment yet');

  await present(phone, 'my face', 'payment-phone-3-capture');

  assert.equal(await phone.outcome(), 'Approved. Go on where you came from.');
  assert.equal(await desktop.outcome(), `Paid: ${PAID}.`);
  assert.deepEqual(made().map(({ body }) => body), [RENT]);
  assertVouched(made()[0], 'step_up');
  assert.equal(seen(AUTHENTICATION).length, 1);
  assertVouched(seen(AUTHENTICATION)[0], 'cross_platform');
  assert.equal(asked().filter((call) => call === 'POST /v1/handoffs').length, 1);
  assert.deepEqual(await desktop.payments(), [PAID]);
  await desktop.state('name');
  await screenshot(desktop.page, 'payment-phone-4-paid');

  assertRefused(await send(desktop.page, RENT), ASKED);
  assertRefused(await send(phone.page, RENT), ASKED);
  assert.equal(made().length, 1, 'the bank has it once');
});

test('someone else at the phone pays nothing', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const made = watchPayments();
  await desktop.pay(RENT, 'Pay, with my phone');
  await phone.take(await desktop.handoff());
  await phone.asked();
  await phone.press('It is me');

  await present(phone, 'someone else');

  assert.match(await phone.outcome(), /^Refused: biometric_mismatch\. ./);
  assert.equal(await desktop.outcome(), 'The camera saw somebody else.');
  assertRefused(await send(desktop.page, RENT), ASKED);
  assert.deepEqual(made(), [], 'the bank must never have the payment');
});

test('"Not me" on the phone, and nothing is paid', async (context) => {
  const { desktop, phone } = await desktopAndPhone(context, stack);
  const made = watchPayments();
  await desktop.pay(RENT, 'Pay, with my phone');
  await phone.take(await desktop.handoff());
  await phone.asked();
  await phone.press('Not me');

  assert.equal(await desktop.outcome(), 'It was turned down on the phone.');
  assertRefused(await send(desktop.page, RENT), ASKED);
  assert.deepEqual(made(), [], 'the bank must never have the payment');
});

test('works by keyboard', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack);
  const made = watchPayments();
  await page.getByLabel('Amount in EUR').focus();
  await page.keyboard.type('1500');
  await tabTo(page, 'payee');
  await page.keyboard.type('Harbour Rent');
  await tabTo(page, 'pay-here');
  await page.keyboard.press('Enter');
  await bank.camera();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'open-capture');
  const opened = page.context().waitForEvent('page');
  await page.keyboard.press('Enter');
  const capture = await opened;
  await capture.getByRole('button', { name: 'my face' }).focus();
  await capture.keyboard.press('Enter');
  assert.equal(await bank.outcome(), `Paid: ${PAID}.`);
  assert.equal(made().length, 1);

  await page.bringToFront();
  await page.locator('#pay-here').focus();
  await tabTo(page, 'pay-with-phone');
  await page.keyboard.press('Enter');
  await bank.handoff();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'handoff-title');
});

test('fits a telephone', async (context) => {
  const { bank, page } = await enrolledCustomer(context, stack, PHONE);
  await bank.pay({ ...RENT, amount: 900, payee: 'W'.repeat(64) });
  await bank.outcome();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  await screenshot(page, 'payment-telephone');
});

/** The payments that reach the bank from now on. */
function watchPayments() {
  const seen = watchBank(stack);
  return () => seen(PAYMENTS).filter(({ method }) => method === 'POST');
}

/** One request by the page's session, without what the page would do about a refusal. */
function send(page, payment) {
  return page.evaluate(
    async ([address, body]) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
      const challenge = response.headers.get('www-authenticate');
      return { status: response.status, challenge, answer: await response.json() };
    },
    [PAYMENTS, payment],
  );
}

/** Refused, with what leads on from there. */
function assertRefused({ status, challenge, answer }, display) {
  assert.deepEqual([status, answer.code], [401, 'step_up_required']);
  assert.match(challenge, /^Bearer error="insufficient_user_authentication", /);
  assert.match(challenge, /acr_values="urn:countersign:acr:biometric"/);
  assert.match(challenge, /max_age=120\b/);
  const { rule, display: shown, begin, handoffs } = answer.stepUp;
  assert.deepEqual(
    { rule, shown, begin, handoffs },
    {
      rule: 'payment',
      shown: display,
      begin: { method: 'GET', path: '/generate-authentication-options' },
      handoffs: '/.countersign/handoffs',
    },
  );
}
