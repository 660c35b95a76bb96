// The page as a client of Countersign, with Countersign's answers played in the browser: each row is a promise of
// the contract that the page relies on. That the real gateway gives these answers is countersign.test.mjs' matter.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addAuthenticator, openBrowser, screenshot } from './support/browser.mjs';
import { BankPage, startBank } from './support/bank.mjs';

const FINISH = '/verify-authentication';
const stepUp = {
  flow: 'step_up',
  rule: 'risky-sign-in',
  session: 'ses_1',
  client: { captureUrl: 'http://localhost:9/capture/1' },
  expiresAt: '2100-01-01T00:00:00Z',
};
const refusals = {
  step_up_required: 401,
  verdict_pending: 409,
  biometric_mismatch: 403,
  orchestrator_unavailable: 503,
  ceremony_unknown: 403,
};

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
    refusals: [refusal('step_up_required', {}, { stepUp }), pending],
    outcome: 'You are signed in.',
    camera: true,
    sent: 3,
  },
  {
    name: 'gives up when a step-up is wanted a second time',
    refusals: [
      refusal('step_up_required', {}, { stepUp }),
      refusal('step_up_required', {}, { stepUp }),
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
      assert.equal(gateway.sent.length, row.sent);
      assert.equal(new Set(gateway.sent).size, 1, 'every finish is the same');
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
  assert.equal(await camera.getAttribute('href'), stepUp.client.captureUrl);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'open-capture');
  await bank.says('Held back');
  await screenshot(page, 'page-waiting-dark');
  await bank.press('Cancel');

  assert.equal(await bank.outcome(), 'You cancelled.');
  await bank.state('name');
});

test('fits a telephone', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context, { viewport: { width: 360, height: 780 } });
  const bank = new BankPage(page, url);
  await bank.open();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await screenshot(page, 'page-telephone');
});

function refusal(code, headers = {}, members = {}) {
  const status = refusals[code];
  return {
    status,
    headers,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: `urn:countersign:refusal:${code}`,
      code,
      title: code,
      status,
      detail: `About ${code}.`,
      ...members,
    }),
  };
}

/** Answers in the place of a gateway; what it lets pass goes to the bank. */
async function playGateway(page, { stepUpAtBegin, refusals }) {
  const left = [...refusals];
  const sent = [];
  const begin = '**/generate-authentication-options?*';
  const finish = `**${FINISH}`;
  if (stepUpAtBegin) {
    await page.route(begin, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), stepUp } });
    });
  }
  await page.route(finish, async (route) => {
    sent.push(route.request().postData());
    const answer = left.shift();
    await (answer ? route.fulfill(answer) : route.continue());
  });
  return {
    sent,
    async remove() {
      await page.unroute(begin);
      await page.unroute(finish);
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
