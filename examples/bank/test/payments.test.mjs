import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, startBank } from './bank.mjs';

const PAYMENTS = '/api/payments';
const payment = { amount: 1500.5, currency: 'EUR', payee: 'DE02120300000000202051' };

test('a payment is made, and listed to who made it', async (context) => {
  const bank = await startBank(context);
  const ada = await Client.customer(bank);
  const { status, body } = await ada.call('POST', PAYMENTS, { body: { ...payment, note: 'rent' } });
  assert.equal(status, 201);
  assert.deepEqual(body, { id: body.id, ...payment });
  assert.equal(typeof body.id, 'string');
  await ada.call('POST', PAYMENTS, { body: { ...payment, amount: 2 } });

  const listed = await ada.call('GET', PAYMENTS);
  assert.deepEqual(listed.body.payments.map(({ amount }) => amount), [1500.5, 2]);
  const bob = await Client.customer(bank, 'Bob');
  assert.deepEqual((await bob.call('GET', PAYMENTS)).body, { payments: [] });
});

test('payments stay when somebody comes back', async (context) => {
  const client = await Client.customer(await startBank(context));
  await client.call('POST', PAYMENTS, { body: payment });
  await client.call('POST', '/logout');
  assert.equal((await client.call('GET', PAYMENTS)).status, 401);
  await client.signIn();
  assert.equal((await client.call('GET', PAYMENTS)).body.payments.length, 1);
});

for (const method of ['GET', 'POST']) {
  test(`nobody is signed in: ${method}`, async (context) => {
    const client = new Client(await startBank(context));
    const body = method === 'POST' ? payment : undefined;
    assert.equal((await client.call(method, PAYMENTS, { body })).status, 401);
  });
}

test('who recovers an account does not pay', async (context) => {
  const bank = await startBank(context);
  const { recoveryCode } = await Client.customer(bank);
  const thief = new Client(bank);
  await thief.call('POST', '/recovery/start', { body: { name: 'Ada', code: recoveryCode } });
  assert.equal((await thief.call('POST', PAYMENTS, { body: payment })).status, 401);
});

const refused = {
  'nothing': undefined,
  'a list': [payment],
  'no amount': { ...payment, amount: undefined },
  'an amount that is a text': { ...payment, amount: '1500' },
  'an amount of nothing': { ...payment, amount: 0 },
  'an amount below nothing': { ...payment, amount: -1 },
  'an amount beyond reason': { ...payment, amount: 1e10 },
  'a third of a cent': { ...payment, amount: 0.003 },
  'no currency': { ...payment, currency: undefined },
  'a currency in small letters': { ...payment, currency: 'eur' },
  'a currency in a list': { ...payment, currency: ['EUR', 'USD'] },
  'no payee': { ...payment, payee: undefined },
  'a payee of spaces': { ...payment, payee: '  ' },
  'a payee that is a list': { ...payment, payee: ['Ann'] },
  'a payee that is too long': { ...payment, payee: 'a'.repeat(65) },
};

for (const [name, body] of Object.entries(refused)) {
  test(`refuses ${name}`, async (context) => {
    const client = await Client.customer(await startBank(context));
    const { status, body: answer } = await client.call('POST', PAYMENTS, { body });
    assert.equal(status, 400);
    assert.equal(typeof answer.error, 'string');
    assert.deepEqual((await client.call('GET', PAYMENTS)).body.payments, []);
  });
}
