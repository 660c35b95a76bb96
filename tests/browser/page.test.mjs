// The page as a client of Countersign, with Countersign's answers played in the browser: each row is a promise of
// the contract that the page relies on. That the real gateway gives these answers is countersign.test.mjs' matter.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { screenshot } from './support/artifacts.mjs';
import { addAuthenticator, openBrowser, PHONE } from './support/browser.mjs';
import { startBank } from './support/bank.mjs';
import { play, refusal, stepUp, withStepUp } from './support/gateway.mjs';
import { BankPage } from './support/pages.mjs';

const FINISH = '/verify-authentication';
const pending = refusal('verdict_pending', { 'retry-after': '1' });
const unavailable = refusal('orchestrator_unavailable', { 'retry-after': '1' });

const rows = [
  {
    name: 'waits for the camera and sends the same finish again',
    stepUpAtBegin: true,
    refusals: [pending, pending],
    outcome: 'You are signed in.',
    camera: true,
    sent: 3,
  },
  {
    name: 'shows the camera only when the finish asks for it',
    refusals: [refusal('step_up_required', {}, { stepUp: stepUp() }), pending],
    outcome: 'You are signed in.',
    camera: true,
    sent: 3,
  },
  {
    name: 'gives up when a step-up is wanted a second time',
    refusals: [
      refusal('step_up_required', {}, { stepUp: stepUp() }),
      refusal('step_up_required', {}, { stepUp: stepUp() }),
    ],
    outcome: 'Refused: step_up_required. About step_up_required.',
    camera: true,
    sent: 2,
  },
  {
    name: 'says that it is somebody else',
    stepUpAtBegin: true,
    refusals: [refusal('biometric_mismatch')],
    outcome: 'Refused: biometric_mismatch. About biometric_mismatch.',
    camera: true,
    sent: 1,
  },
  {
    name: 'tries again when the face check cannot be reached',
    stepUpAtBegin: true,
    refusals: [unavailable, unavailable],
    outcome: 'You are signed in.',
    camera: true,
    sent: 3,
  },
  {
    name: 'gives up when the face check stays away',
    stepUpAtBegin: true,
    refusals: [unavailable, unavailable, unavailable],
    outcome: 'Refused: orchestrator_unavailable. About orchestrator_unavailable.',
    camera: true,
    sent: 3,
  },
  {
    name: 'shows any other refusal',
    refusals: [refusal('ceremony_unknown')],
    outcome: 'Refused: ceremony_unknown. About ceremony_unknown.',
    camera: false,
    sent: 1,
  },
];

test('the page keeps the client side of the contract', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context);
  await addAuthenticator(page);
  const bank = new BankPage(page, url);
  await bank.open();
  await bank.openAccount('Ada');
  await bank.press('Enrol');
  await bank.outcome();

  for (const row of rows) {
    await context.test(row.name, async () => {
      await bank.signOut();
      await bank.sayName('Ada');
      const gateway = await playGateway(page, row);
      const shown = await watchCamera(page);

      await bank.press('Sign in with step-up');

      assert.equal(await bank.outcome(), row.outcome);
      assert.equal(await shown(), row.camera);
      assert.equal(gateway.sent().length, row.sent);
      assert.equal(new Set(gateway.sent()).size, 1, 'every finish is the same');
      await bank.state(row.outcome.startsWith('Refused') ? 'name' : 'passkey');
      await gateway.remove();
    });
  }
});

test('the person can cancel the wait', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context, { colorScheme: 'dark' });
  await addAuthenticator(page);
  const bank = new BankPage(page, url);
  await bank.open();
  await bank.openAccount('Ada');
  await bank.press('Enrol');
  await bank.outcome();
  await playGateway(page, { stepUpAtBegin: true, refusals: Array(100).fill(pending) });
  await bank.press('Sign in with step-up');

  const camera = await bank.camera();
  assert.equal(await camera.getAttribute('href'), stepUp().client.captureUrl);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'open-capture');
  await bank.says('Held back');
  await screenshot(page, 'page-waiting-dark');
  await bank.press('Cancel');

  assert.equal(await bank.outcome(), 'You cancelled.');
  await bank.state('name');
});

test('fits a telephone', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context, PHONE);
  const bank = new BankPage(page, url);
  await bank.open();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  await screenshot(page, 'page-telephone');
});

/** Answers in the place of a gateway; what it lets pass goes to the bank. */
async function playGateway(page, { stepUpAtBegin, refusals }) {
  const begin = await play(page, '**/generate-authentication-options?*', stepUpAtBegin ? [withStepUp()] : []);
  const finish = await play(page, `**${FINISH}`, refusals);
  return {
    sent: () => finish.sent.map(({ body }) => body),
    async remove() {
      await begin.remove();
      await finish.remove();
    },
  };
}

/** Whether the camera panel was shown at any moment since asked; also for less than a frame. */
async function watchCamera(page) {
  await page.evaluate(() => {
    globalThis.cameraShown = false;
    new MutationObserver((changes) => {
      // It is hidden at the end of every action; it was shown if it was not hidden before that.
      globalThis.cameraShown ||= changes.some(({ oldValue }) => oldValue === null);
    }).observe(document.getElementById('capture'), {
      attributeFilter: ['hidden'],
      attributeOldValue: true,
    });
  });
  return () => page.evaluate(() => globalThis.cameraShown);
}
