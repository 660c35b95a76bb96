import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, softAuthenticator, startBank } from './bank.mjs';

test('a customer enrols, signs out and signs in without a name', async (context) => {
  const client = new Client(await startBank(context));
  const opened = await client.call('POST', '/account', { body: { name: 'Ada' } });
  assert.equal(opened.status, 201);
  assert.deepEqual((await client.enrol()).body, { verified: true });
  assert.equal((await client.call('POST', '/logout')).status, 204);
  assert.equal((await client.call('GET', '/me')).status, 401);

  assert.deepEqual((await client.signIn()).body, { verified: true });

  const me = await client.call('GET', '/me');
  assert.deepEqual(me, {
    status: 200,
    body: { id: opened.body.id, name: 'Ada', signedInWith: 'passkey', passkeys: 1 },
  });
});

test('a name alone does not show the money', async (context) => {
  const client = new Client(await startBank(context));
  await client.call('POST', '/account', { body: { name: 'Ada' } });
  assert.equal((await client.call('GET', '/balance')).status, 401);
  await client.enrol();
  await client.signIn();
  assert.equal((await client.call('GET', '/balance')).status, 200);
});

test('the options name whom they should', async (context) => {
  const client = new Client(await startBank(context));
  const path = '/generate-authentication-options';
  assert.deepEqual((await client.call('GET', path)).body.allowCredentials, []);

  const { body: ada } = await client.call('POST', '/account', { body: { name: 'Ada' } });
  const { body: creation } = await client.call('GET', '/generate-registration-options');
  assert.equal(Buffer.from(creation.user.id, 'base64url').toString(), ada.id);

  await client.enrol();
  const { body: request } = await client.call('GET', path);
  assert.equal(request.allowCredentials.length, 1);
});

test('a sign-in gets a session of its own', async (context) => {
  const client = new Client(await startBank(context));
  await client.call('POST', '/account', { body: { name: 'Ada' } });
  await client.enrol();
  const before = client.sessionCookie;
  await client.signIn();
  assert.notEqual(client.sessionCookie, before);
});

const refused = {
  'an assertion that was used': async (client) => {
    const assertion = await client.assertion();
    await client.call('POST', '/verify-authentication', { body: assertion });
    return client.call('POST', '/verify-authentication', { body: assertion });
  },
  'an assertion for an earlier challenge': async (client) => {
    const earlier = await client.assertion();
    await client.assertion();
    return client.call('POST', '/verify-authentication', { body: earlier });
  },
  'an assertion from another origin': async (client) => {
    const { body: options } = await client.call('GET', '/generate-authentication-options');
    const body = client.authenticator.getJSON('http://localhost:1', options);
    return client.call('POST', '/verify-authentication', { body });
  },
  'a passkey of somebody else': async (client) => {
    const mallory = new Client(client, softAuthenticator());
    await mallory.call('POST', '/account', { body: { name: 'Mallory' } });
    await mallory.enrol();
    const { body: options } = await client.call('GET', '/generate-authentication-options');
    const body = mallory.authenticator.getJSON(client.origin, { ...options, allowCredentials: [] });
    return client.call('POST', '/verify-authentication', { body });
  },
  'a passkey that the bank does not know': async (client) => {
    const body = { ...(await client.assertion()), id: 'AAAA', rawId: 'AAAA' };
    return client.call('POST', '/verify-authentication', { body });
  },
  'a body that is no credential': (client) =>
    client.call('POST', '/verify-registration', { body: { name: 'Ada' } }),
  'no challenge at all': (client) => client.call('POST', '/verify-authentication', { body: {} }),
};

for (const [name, attempt] of Object.entries(refused)) {
  test(`refuses ${name}`, async (context) => {
    const client = new Client(await startBank(context));
    await client.call('POST', '/account', { body: { name: 'Ada' } });
    await client.enrol();
    const { status, body } = await attempt(client);
    assert.equal(status, 400);
    assert.equal(typeof body.error, 'string');
  });
}
