import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Client, startBank } from './bank.mjs';

function temporaryLog(context) {
  const folder = mkdtempSync(join(tmpdir(), 'bank-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'requests.jsonl');
}

const answers = [
  ['health', 'GET', '/healthz', undefined, 200],
  ['the page', 'GET', '/', undefined, 200],
  ['the passkey library of the page', 'GET', '/vendor/simplewebauthn/index.js', undefined, 200],
  ['the QR library of the page', 'GET', '/vendor/qr/index.js', undefined, 200],
  ['a page that is not there', 'GET', '/nowhere', undefined, 404],
  ['nobody is signed in', 'GET', '/me', undefined, 401],
  ['nobody may enrol', 'GET', '/generate-registration-options', undefined, 401],
  ['an account without a name', 'POST', '/account', { name: ' ' }, 400],
  ['an account whose name is no text', 'POST', '/account', { name: { a: 1 } }, 400],
  ['a name that is too long', 'POST', '/account', { name: 'a'.repeat(65) }, 400],
  ['an unknown name', 'POST', '/login', { name: 'Nobody' }, 401],
  ['JSON that is none', 'POST', '/profile', '{"a":', 400],
];

for (const [name, method, path, body, status] of answers) {
  test(name, async (context) => {
    const client = new Client(await startBank(context));
    assert.equal((await client.call(method, path, { body })).status, status);
  });
}

test('a name is taken once, whatever its case', async (context) => {
  const client = new Client(await startBank(context));
  await client.call('POST', '/account', { body: { name: 'Ada' } });
  assert.equal((await client.call('POST', '/account', { body: { name: 'ada' } })).status, 409);
  assert.equal((await client.call('POST', '/login', { body: { name: 'ada' } })).status, 200);
});

test('an upload is counted, whatever its content type', async (context) => {
  const bank = await startBank(context, { requestLog: temporaryLog(context) });
  const bytes = new Uint8Array(3 << 20).fill(7);
  const receipt = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  const headers = { 'content-type': 'application/json' };
  const { body } = await new Client(bank).call('POST', '/upload', { body: bytes, headers });
  assert.deepEqual(body, receipt);
  assert.deepEqual(bank.received().at(-1).body, receipt);
});

test('the request log says what was received, without cookie values', async (context) => {
  const bank = await startBank(context, { requestLog: temporaryLog(context) });
  await new Client(bank).call('POST', '/profile?a=1', {
    body: '{ "theme": "dark" }',
    headers: { cookie: 'connect.sid=secret; other=1', 'X-Test': 'Yes' },
  });
  const { headers, ...line } = bank.received().at(-1);
  assert.deepEqual(line, {
    method: 'POST',
    url: '/profile?a=1',
    path: '/profile',
    cookies: ['connect.sid', 'other'],
    body: { theme: 'dark' },
    raw: '{ "theme": "dark" }',
  });
  assert.deepEqual(headers.find(([name]) => name === 'x-test'), ['x-test', 'Yes']);
  assert.ok(!JSON.stringify(headers).includes('secret'));
});

test('the request log has what could not be read', async (context) => {
  const bank = await startBank(context, { requestLog: temporaryLog(context) });
  await new Client(bank).call('POST', '/verify-authentication', { body: '{"id":' });
  const line = bank.received().at(-1);
  assert.equal(line.path, '/verify-authentication');
  assert.equal(line.raw, '{"id":');
  assert.equal(typeof line.error, 'string');
});
