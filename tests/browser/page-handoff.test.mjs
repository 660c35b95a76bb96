// The desktop's side of a hand-off, with the gateway's answers played, on a clock that the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { screenshot } from './support/artifacts.mjs';
import { openBrowser, PHONE } from './support/browser.mjs';
import { startBank } from './support/bank.mjs';
import { play, refusal, standing } from './support/gateway.mjs';
import { BankPage } from './support/pages.mjs';

const HANDOFFS = '**/.countersign/handoffs';
const STATUS = '/.countersign/handoffs/hof_1';
const NOW = new Date('2026-11-25T12:00:00Z');
// As long as a sealed one is.
const TOKEN = `cs1.k1.${'eyJ0Ijoi'.repeat(50)}.${'A'.repeat(43)}`;
const opened = {
  status: 201,
  // By the gateway's clock there are five minutes; this machine's may say anything.
  headers: { date: NOW.toUTCString() },
  json: {
    id: 'hof_1',
    token: TOKEN,
    deepLink: `http://localhost:9/approve.html#${TOKEN}`,
    qr: `HTTP://localhost:9/approve.html#${TOKEN}`,
    number: '07',
    expiresAt: '2026-11-25T12:05:00Z',
    status: STATUS,
    evidence: 'cs1.k1.evidence.tag',
  },
};
const away = refusal('orchestrator_unavailable', { 'retry-after': '2' });
const word = (status) => standing('hof_1', status, 2);

const rows = [
  {
    name: 'is followed to its end',
    answers: [word('waiting'), word('waiting'), word('consumed'), word('matched'), standing('hof_1', 'completed')],
    says: ['Waiting for your phone …', 'Your phone has opened it', 'The camera has seen'],
    outcome: 'Approved on your phone.',
  },
  {
    name: 'ends with another face',
    answers: [word('consumed'), standing('hof_1', 'not_matched')],
    outcome: 'The camera saw somebody else.',
  },
  {
    name: 'ends when it is turned down',
    answers: [word('waiting'), standing('hof_1', 'cancelled')],
    outcome: 'It was turned down on the phone.',
  },
  {
    name: 'ends with its time',
    answers: [standing('hof_1', 'expired')],
    outcome: 'Nobody approved it in time.',
  },
  {
    name: 'outlives an orchestrator that is away for a while',
    answers: [away, away, word('waiting'), away, away, standing('hof_1', 'completed')],
    outcome: 'Approved on your phone.',
  },
  {
    name: 'gives up when the orchestrator stays away',
    answers: [away, away, away],
    outcome: 'Refused: orchestrator_unavailable. About orchestrator_unavailable.',
  },
  {
    name: 'ends for another session',
    answers: [refusal('ceremony_unknown')],
    outcome: 'Refused: ceremony_unknown. About ceremony_unknown.',
  },
];

test('a hand-off on the desktop', async (context) => {
  const { bank, page } = await someone(context);
  for (const row of rows) {
    await context.test(row.name, async () => {
      const opening = await play(page, HANDOFFS, [opened]);
      const following = await play(page, `**${STATUS}`, row.answers);
      await bank.press('Approve on your phone');

      const times = await timesOf(page, following, row.answers.length);
      assert.equal(times.length, row.answers.length);
      times.slice(1).forEach((time, i) => assert.ok(time - times[i] >= 2000, 'not before Retry-After'));

      for (const text of row.says ?? []) await bank.says(text);
      assert.equal(await bank.outcome(), row.outcome);
      assert.deepEqual(opening.sent.map(({ method, body }) => ({ method, body })), [{ method: 'POST', body: '{}' }]);
      assert.ok(following.sent.every(({ method }) => method === 'GET'));
      assert.equal(await page.locator('#handoff').isVisible(), false);
      await opening.remove();
      await following.remove();
    });
  }
});

test('the code, the link and the number say what the gateway said', async (context) => {
  const { bank, page } = await someone(context);
  await play(page, HANDOFFS, [opened]);
  await play(page, `**${STATUS}`, [word('waiting')]);
  await bank.press('Approve on your phone');

  assert.deepEqual(await bank.handoff(), { deepLink: opened.json.qr, number: '07' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'handoff-title');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await bank.press('Copy the link');
  await bank.says('The link is copied');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), opened.json.deepLink);
  await screenshot(page, 'page-handoff');
});

test("the time that is left is the gateway's, and runs down", async (context) => {
  const { bank, page } = await someone(context, '2031-01-01T00:00:00Z');
  await play(page, HANDOFFS, [opened]);
  await play(page, `**${STATUS}`, Array(100).fill(word('waiting')));
  await bank.press('Approve on your phone');
  await bank.handoff();
  const left = page.getByRole('timer');
  assert.equal(await left.textContent(), '5:00');
  await page.clock.runFor(61_000);
  assert.equal(await left.textContent(), '3:59');
});

test('cancelled on the desktop, it is withdrawn', async (context) => {
  const { bank, page } = await someone(context, NOW, { colorScheme: 'dark' });
  await play(page, HANDOFFS, [opened]);
  const status = await play(page, `**${STATUS}`, [word('waiting'), { status: 204 }]);
  await bank.press('Approve on your phone');
  await bank.says('Waiting for your phone');
  await screenshot(page, 'page-handoff-dark');
  await page.locator('#handoff').getByRole('button', { name: 'Cancel' }).click();

  assert.equal(await bank.outcome(), 'You cancelled.');
  assert.deepEqual(status.sent.map(({ method }) => method), ['GET', 'DELETE']);
});

test('fits a telephone', async (context) => {
  const { bank, page } = await someone(context, NOW, PHONE);
  await play(page, HANDOFFS, [opened]);
  await play(page, `**${STATUS}`, [word('waiting')]);
  await bank.press('Approve on your phone');
  assert.equal((await bank.handoff()).deepLink, opened.json.qr);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  await screenshot(page, 'page-handoff-telephone');
});

test('a hand-off that is refused is told', async (context) => {
  const { bank, page } = await someone(context);
  await play(page, HANDOFFS, [refusal('orchestrator_unavailable')]);
  await bank.press('Approve on your phone');
  assert.equal(await bank.outcome(), 'Refused: orchestrator_unavailable. About orchestrator_unavailable.');
});

test('only somebody can hand off', async (context) => {
  const { url } = await startBank(context);
  const page = await openBrowser(context);
  await new BankPage(page, url).open();
  assert.equal(await page.getByRole('button', { name: 'Approve on your phone' }).isDisabled(), true);
});

/** Somebody who has said their name, on a machine whose clock says `now` (or a little later) and stands still. */
async function someone(context, now = NOW, options = {}) {
  const { url } = await startBank(context);
  const page = await openBrowser(context, options);
  await page.clock.install({ time: now });
  await page.addInitScript(noteTimes, STATUS);
  const bank = new BankPage(page, url);
  await bank.open();
  await bank.openAccount('Ada');
  await page.clock.pauseAt(new Date(now).getTime() + 60_000);
  return { bank, page };
}

/** Moves the page's clock on until it has asked so often; when, by that clock, it did. */
async function timesOf(page, { sent }, times) {
  for (let tick = 0; sent.length < times; tick++) {
    assert.ok(tick < 200 * times, 'the page does not ask');
    await page.clock.runFor(100);
  }
  return page.evaluate(() => globalThis.askedAt.splice(0));
}

/** Notes in the page when it asks; from outside it is seen a little later. */
function noteTimes(status) {
  const { fetch } = globalThis;
  globalThis.askedAt = [];
  globalThis.fetch = (address, options) => {
    if (address === status) globalThis.askedAt.push(Date.now());
    return fetch(address, options);
  };
}
