// The phone's side of a hand-off, with the gateway's answers played.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { screenshot } from './support/artifacts.mjs';
import { addAuthenticator, openBrowser, PHONE, tabTo } from './support/browser.mjs';
import { startBank } from './support/bank.mjs';
import { play, refusal, stepUp } from './support/gateway.mjs';
import { ApprovePage, BankPage } from './support/pages.mjs';

const TOKEN = 'cs1.k1.token.tag';
const CONSUME = '**/.countersign/handoffs/consume';
const HANDOFF = '**/.countersign/handoffs/hof_1';
const FINISH = '**/verify-authentication';
const ASKED = {
  flow: 'cross_platform',
  handoff: 'hof_1',
  display: 'Pay 1500 EUR to Harbour Boats',
  startedAt: '2026-11-25T12:00:00Z',
  startedFrom: '192.0.2.7',
};
const pending = refusal('verdict_pending', { 'retry-after': '1' });

test('nothing is asked for and nothing shown before the number', async (context) => {
  const { phone, page } = await customersPhone(context);
  const requests = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await screenshot(page, 'page-approve-1-number');

  assert.deepEqual(requests.filter((path) => path.startsWith('/.countersign')), []);
  assert.equal(await page.locator('[data-when="confirm"]').isVisible(), false);
  assert.equal(new URL(page.url()).hash, '', 'the token is not left in the address');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'number');
});

test('with the number and the face it is approved', async (context) => {
  const { phone, page, url } = await customersPhone(context);
  const consumed = await play(page, CONSUME, [begin(url)]);
  const finish = await play(page, FINISH, [pending]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await phone.type('07');

  const { what, when, where } = await phone.asked();
  assert.equal(what, ASKED.display);
  assert.match(when, /Nov 25, 2026/);
  assert.equal(where, ASKED.startedFrom);
  assert.deepEqual(JSON.parse(consumed.sent[0].body), { token: TOKEN, number: '07' });
  assert.equal(await page.locator('#capture').isVisible(), false, 'no camera before it is confirmed');
  await assertAsProminent(page);
  await screenshot(page, 'page-approve-2-is-this-you');

  await phone.press('It is me');
  await phone.camera();
  await phone.says('Held back');
  assert.equal(await page.getByRole('button', { name: 'Not me' }).isVisible(), true);
  await screenshot(page, 'page-approve-3-camera');

  assert.equal(await phone.outcome(), 'Approved. Go on where you came from.');
  assert.equal(finish.sent.length, 2);
  assert.equal(finish.sent[0].body, finish.sent[1].body);
  await screenshot(page, 'page-approve-4-done');
});

test('a request without a text is still told when and from where', async (context) => {
  const { phone, page, url } = await customersPhone(context);
  await play(page, CONSUME, [begin(url, { display: undefined })]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await phone.type('07');
  assert.equal((await phone.asked()).what, 'Confirm that it is you');
});

test('"Not me" withdraws it, and the passkey is not asked', async (context) => {
  const { phone, page, url } = await customersPhone(context);
  await play(page, CONSUME, [begin(url)]);
  const finish = await play(page, FINISH, []);
  const withdrawn = await play(page, HANDOFF, [{ status: 204 }]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await phone.type('07');
  await phone.asked();
  await phone.press('Not me');

  assert.equal(await phone.outcome(), 'You said that it was not you. Nothing was approved.');
  assert.deepEqual(withdrawn.sent.map(({ method }) => method), ['DELETE']);
  assert.deepEqual(finish.sent, []);
  await screenshot(page, 'page-approve-5-not-me');
});

for (const button of ['Not me', 'Cancel']) {
  test(`"${button}" withdraws it while the camera is awaited, too`, async (context) => {
    const { phone, page, url } = await customersPhone(context);
    await play(page, CONSUME, [begin(url)]);
    await play(page, FINISH, Array(100).fill(pending));
    const withdrawn = await play(page, HANDOFF, [{ status: 204 }]);
    await phone.open(`${phone.url}/approve.html#${TOKEN}`);
    await phone.type('07');
    await phone.asked();
    await phone.press('It is me');
    await phone.says('Held back');
    await phone.press(button);
    assert.match(await phone.outcome(), /^You (cancelled|said that it was not you)/);
    assert.deepEqual(withdrawn.sent.map(({ method }) => method), ['DELETE']);
  });
}

test('a withdrawal that comes too late is told', async (context) => {
  const { phone, page, url } = await customersPhone(context);
  await play(page, CONSUME, [begin(url)]);
  await play(page, HANDOFF, [refusal('ceremony_replayed')]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await phone.type('07');
  await phone.asked();
  await phone.press('Not me');
  assert.equal(await phone.outcome(), 'Refused: ceremony_replayed. About ceremony_replayed.');
});

test('a wrong number has spent the link', async (context) => {
  const { phone, page } = await customersPhone(context);
  await play(page, CONSUME, [refusal('ceremony_unknown')]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await phone.type('08');
  assert.equal(await phone.outcome(), 'Refused: ceremony_unknown. About ceremony_unknown.');
  await page.getByRole('heading', { name: 'The link is used up' }).waitFor();
  assert.equal(await page.getByLabel('Number on the other device').isVisible(), false);
});

test('a page without a token says where it comes from; a link opened there is taken', async (context) => {
  const { phone, page } = await customersPhone(context);
  await phone.open(`${phone.url}/approve.html`);
  await page.getByRole('heading', { name: 'There is nothing to approve here' }).waitFor();
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await page.getByLabel('Number on the other device').waitFor();
});

test('works by keyboard', async (context) => {
  const { phone, page, url } = await customersPhone(context);
  await play(page, CONSUME, [begin(url)]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await page.keyboard.type('07');
  await page.keyboard.press('Enter');
  await phone.asked();
  await tabTo(page, 'not-me');
  await tabTo(page, 'is-me');
  await page.keyboard.press('Enter');
  assert.equal(await phone.outcome(), 'Approved. Go on where you came from.');
});

test('fits a telephone', async (context) => {
  const { phone, page, url } = await customersPhone(context, { colorScheme: 'dark' });
  await play(page, CONSUME, [begin(url)]);
  await phone.open(`${phone.url}/approve.html#${TOKEN}`);
  await phone.type('07');
  await phone.asked();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  await screenshot(page, 'page-approve-dark');
});

/** The phone of somebody who has a passkey on it, and is not signed in. */
async function customersPhone(context, options) {
  const { url } = await startBank(context);
  const page = await openBrowser(context, { ...PHONE, ...options });
  await addAuthenticator(page);
  const bank = new BankPage(page, url);
  await bank.open();
  await bank.openAccount('Ada');
  await bank.press('Enrol');
  await bank.outcome();
  await bank.signOut();
  return { phone: new ApprovePage(page, url), page, url };
}

/** As the gateway answers: it began at the bank in the phone's place. */
function begin(url, members) {
  return async (route) => {
    const response = await route.fetch({ url: `${url}/generate-authentication-options`, method: 'GET' });
    const options = await response.json();
    return { response, json: { ...options, stepUp: stepUp({ ...ASKED, ...members }) } };
  };
}

/** Who turns a request down must not have to look for the button. */
async function assertAsProminent(page) {
  const [not, is] = await Promise.all(
    ['Not me', 'It is me'].map((name) => page.getByRole('button', { name }).boundingBox()),
  );
  assert.ok(not.width >= is.width && not.height >= is.height, 'as big');
  assert.ok(not.y <= is.y && not.x <= is.x, 'before the other');
}
