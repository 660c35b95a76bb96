import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Client, startBank } from './bank.mjs';

function fileOf(context) {
  const folder = mkdtempSync(join(tmpdir(), 'bank-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state.json');
}

test('a bank that has a file goes on where it was', async (context) => {
  const settings = { state: fileOf(context) };
  const ada = await Client.customer(await startBank(context, settings));
  const payment = { amount: 12, currency: 'EUR', payee: 'Bo' };
  await ada.call('POST', '/api/payments', { body: payment });
  const { body: before } = await ada.call('GET', '/me');

  const bank = await startBank(context, settings);
  ada.origin = bank.origin;
  assert.deepEqual((await ada.call('GET', '/me')).body, before);
  const { body } = await ada.call('GET', '/api/payments');
  assert.deepEqual(body.payments.map(({ id, ...paid }) => paid), [payment]);
  assert.equal((await ada.signIn()).status, 200, 'with the passkey of before');

  const elsewhere = new Client(bank);
  const start = { body: { name: 'Ada', code: ada.recoveryCode } };
  assert.equal((await elsewhere.call('POST', '/recovery/start', start)).status, 200, 'with the code of before');
});

test('and a ceremony ends where it was begun', async (context) => {
  const settings = { state: fileOf(context) };
  const before = await startBank(context, settings);
  const ada = await Client.customer(before);
  const assertion = await ada.assertion();
  const after = await startBank(context, { ...settings, expected: before.origin });
  ada.origin = after.origin;
  assert.equal((await ada.call('POST', '/verify-authentication', { body: assertion })).status, 200);
});

test('one that has none begins anew', async (context) => {
  const ada = await Client.customer(await startBank(context));
  ada.origin = (await startBank(context)).origin;
  assert.equal((await ada.call('GET', '/me')).status, 401);
});
