// The page of a recovery, with the gateway's answers played.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { screenshot } from './support/artifacts.mjs';
import { addAuthenticator, openBrowser, PHONE, tabTo } from './support/browser.mjs';
import { startBank } from './support/bank.mjs';
import { play, refusal, standing, stepUp, withStepUp } from './support/gateway.mjs';
import { BankPage, RecoverPage } from './support/pages.mjs';

const CONTINUATION = 'cnt_1';
const wanted = {
  flow: 'recovery',
  client: { captureUrl: 'http://localhost:9/capture/1', continuation: CONTINUATION },
};
const word = (status) => standing('ses_1', status);
const away = refusal('orchestrator_unavailable', { 'retry-after': '1' });

const rows = [
  {
    name: 'waits for the camera, then replaces the passkey',
    status: [word('pending'), word('pending'), word('matched')],
    begin: [withStepUp(wanted)],
    outcome: 'Your new passkey is enrolled. Sign in with it.',
    finishes: 1,
  },
  {
    name: 'says that it is somebody else',
    status: [word('pending'), word('not_matched')],
    begin: [refusal('recovery_mismatch')],
    outcome: 'Refused: recovery_mismatch. About recovery_mismatch.',
    finishes: 0,
  },
  {
    name: 'tries again when the face check cannot be reached',
    status: [away, away, word('matched')],
    begin: [withStepUp(wanted)],
    outcome: 'Your new passkey is enrolled. Sign in with it.',
    finishes: 1,
  },
  {
    name: 'gives up when the face check stays away',
    status: [away, away, away],
    begin: [],
    outcome: 'Refused: orchestrator_unavailable. About orchestrator_unavailable.',
    finishes: 0,
  },
];

for (const row of rows) {
  test(row.name, async (context) => {
    const { recovery, page, code } = await newDevice(context);
    await play(page, '**/recovery/start', [withStepUp(wanted)]);
    const status = await play(page, `**${stepUp().status}`, row.status);
    const begin = await play(page, '**/generate-registration-options', row.begin);
    const finish = await play(page, '**/verify-registration', []);
    await recovery.recover('Ada', code);

    assert.equal(await (await recovery.camera()).getAttribute('href'), wanted.client.captureUrl);
    if (row.finishes) await recovery.makePasskey();
    assert.equal(await recovery.outcome(), row.outcome);
    assert.equal(status.sent.length, row.status.length);
    assert.deepEqual(
      begin.sent.map(({ headers }) => headers['countersign-continuation']),
      row.begin.map(() => CONTINUATION),
    );
    assert.equal(finish.sent.length, row.finishes);
    assert.equal(await page.locator('#capture').isVisible(), false);
  });
}

test('the next code is shown, once', async (context) => {
  const { recovery, page, code } = await newDevice(context, PHONE);
  await play(page, '**/recovery/start', [withStepUp(wanted)]);
  await play(page, `**${stepUp().status}`, [word('pending'), word('matched')]);
  await recovery.recover('Ada', code);
  await recovery.says('Held back');
  await screenshot(page, 'page-recover-1-camera');
  await recovery.says('The camera has seen that it is you');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'make-passkey');
  await screenshot(page, 'page-recover-2-seen');
  await recovery.makePasskey();
  await recovery.outcome();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'recovery-code');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  await screenshot(page, 'page-recover-3-done');
  assert.notEqual(await recovery.keepCode(), code);
  assert.equal(await page.locator('#code').textContent(), '');
});

test('the person can cancel the wait', async (context) => {
  const { recovery, page, code } = await newDevice(context);
  await play(page, '**/recovery/start', [withStepUp(wanted)]);
  await play(page, `**${stepUp().status}`, Array(100).fill(word('pending')));
  const begin = await play(page, '**/generate-registration-options', []);
  await recovery.recover('Ada', code);
  await recovery.says('Held back');
  await recovery.press('Cancel');
  assert.equal(await recovery.outcome(), 'You cancelled.');
  assert.deepEqual(begin.sent, []);
});

test('without a gateway, name and code are enough', async (context) => {
  const { recovery, page, code, received } = await newDevice(context);
  await recovery.recover('Ada', code, { keepPasskeys: true });
  assert.equal(await recovery.outcome(), 'Your new passkey is enrolled. Sign in with it.');
  await recovery.keepCode();
  await page.getByRole('link', { name: 'Go and sign in' }).click();
  const bank = new BankPage(page, recovery.url);
  await bank.state('name');
  await bank.press('Sign in');
  await bank.state('passkey');
  const [start] = received().filter(({ path }) => path === '/recovery/start');
  assert.equal(start.body.keepPasskeys, true);
});

test('what the bank refuses is told, and no passkey made', async (context) => {
  const { recovery, page } = await newDevice(context);
  await screenshot(page, 'page-recover-0-form');
  await recovery.recover('Ada', '0000-0000-0000-0000');
  assert.equal(await recovery.outcome(), 'Name and code do not belong together');
  assert.equal(await page.locator('#recovery').isVisible(), true);
});

test('works by keyboard', async (context) => {
  const { recovery, page, code } = await newDevice(context);
  await play(page, '**/recovery/start', [withStepUp(wanted)]);
  await play(page, `**${stepUp().status}`, [word('matched')]);
  await page.getByLabel('Name').focus();
  await page.keyboard.type('Ada');
  await tabTo(page, 'given-code');
  await page.keyboard.type(code);
  await tabTo(page, 'keep-passkeys');
  await page.keyboard.press('Enter');
  await recovery.says('The camera has seen that it is you');
  await page.keyboard.press('Enter');
  assert.equal(await recovery.outcome(), 'Your new passkey is enrolled. Sign in with it.');
});

/** The new device of somebody with an account, who has kept the code. */
async function newDevice(context, options) {
  const { url, received } = await startBank(context);
  const opened = await fetch(`${url}/account`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  });
  const { recoveryCode: code } = await opened.json();

  const page = await openBrowser(context, options);
  await addAuthenticator(page);
  const recovery = new RecoverPage(page, url);
  await recovery.open();
  return { recovery, page, code, received };
}
