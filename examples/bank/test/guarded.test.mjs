// The page's way through a refusal, with the answers played.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forRefusal, sendGuarded } from '../public/guarded.js';

const wanted = { rule: 'payment', evidence: 'cs1.k1.AAAA.BBBB' };
const paid = () => Response.json({ id: '1' }, { status: 201 });
const refusal = (status, code, members = {}) => () =>
  Response.json({ code, detail: `About ${code}.`, ...members }, { status, headers: { 'retry-after': '0.001' } });
const required = refusal(401, 'step_up_required', { stepUp: wanted });
const mismatch = refusal(401, 'elevation_mismatch', { stepUp: wanted });
const unavailable = refusal(503, 'orchestrator_unavailable');
const signInFirst = () => Response.json({ error: 'Sign in first' }, { status: 401 });

/** Sends through these answers; what was sent, and which step-ups were made. */
async function send(answers, { stepUp = async () => {}, signal = new AbortController().signal } = {}) {
  const left = [...answers];
  const told = { sent: 0, stepUps: [], unavailable: 0 };
  const request = async () => {
    told.sent += 1;
    return left.shift()();
  };
  const ask = async (step) => {
    told.stepUps.push(step);
    await stepUp(step);
  };
  const watch = { unavailable: () => (told.unavailable += 1) };
  try {
    told.answer = await sendGuarded(request, ask, watch, signal);
  } catch (error) {
    told.error = error;
  }
  return told;
}

const rows = [
  { name: 'passes at once', answers: [paid], sent: 1, stepUps: 0 },
  { name: 'steps up, and sends the same again', answers: [required, paid], sent: 2, stepUps: 1 },
  { name: 'has an elevation for something else', answers: [mismatch, paid], sent: 2, stepUps: 1 },
  { name: 'waits for an orchestrator', answers: [required, unavailable, paid], sent: 3, stepUps: 1, waits: 1 },
  { name: 'does not step up twice', answers: [required, required], sent: 2, stepUps: 1, code: 'step_up_required' },
  { name: 'does not wait for ever', answers: Array(3).fill(unavailable), sent: 3, stepUps: 0, waits: 2, code: 'orchestrator_unavailable' },
  { name: 'leaves any other refusal', answers: [refusal(400, 'malformed_request')], sent: 1, stepUps: 0, code: 'malformed_request' },
];

for (const { name, answers, sent, stepUps, waits = 0, code } of rows) {
  test(`a guarded request ${name}`, async () => {
    const told = await send(answers);
    assert.deepEqual([told.sent, told.stepUps.length, told.unavailable], [sent, stepUps, waits]);
    assert.equal(told.error?.code, code);
    if (!code) assert.deepEqual(told.answer, { id: '1' });
    for (const step of told.stepUps) assert.deepEqual(step, wanted);
  });
}

test("a 401 of the bank's own is no step-up", async () => {
  const { error, stepUps } = await send([signInFirst]);
  assert.deepEqual([error.status, error.message, stepUps.length], [401, 'Sign in first', 0]);
});

test('a step-up that fails ends it', async () => {
  const { error, sent } = await send([required], {
    stepUp: () => Promise.reject(new Error('The camera saw somebody else.')),
  });
  assert.deepEqual([error.message, sent], ['The camera saw somebody else.', 1]);
});

test('who gives up meanwhile sends nothing more', async () => {
  const giving = new AbortController();
  const { error, sent } = await send([required, paid], {
    signal: giving.signal,
    stepUp: async () => giving.abort(new Error('Given up.')),
  });
  assert.deepEqual([error.message, sent], ['Given up.', 1]);
});

test('a step-up names the refusal it is for', () => {
  assert.deepEqual(forRefusal(wanted), { 'countersign-evidence': wanted.evidence });
});
