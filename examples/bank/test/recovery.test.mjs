import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, startBank } from './bank.mjs';

/** A new device, on which the customer says name and code. */
async function recovering({ origin, recoveryCode }, { code = recoveryCode, ...rest } = {}) {
  const device = new Client({ origin });
  const answer = await device.call('POST', '/recovery/start', { body: { name: 'Ada', code, ...rest } });
  return Object.assign(device, { answer });
}

test('a code is sixteen characters that cannot be mistaken for one another', async (context) => {
  const { recoveryCode } = await Client.customer(await startBank(context));
  assert.match(recoveryCode, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
});

test('a lost device is replaced', async (context) => {
  const lost = await Client.customer(await startBank(context));
  const found = await recovering(lost);
  assert.deepEqual(found.answer, { status: 200, body: { user: { id: lost.id } } });

  const { status, body } = await found.enrol();
  assert.equal(status, 200);
  assert.equal(body.verified, true);
  assert.notEqual(body.recoveryCode, lost.recoveryCode);
  const me = { id: lost.id, name: 'Ada', signedInWith: 'name', passkeys: 1 };
  assert.deepEqual((await found.call('GET', '/me')).body, me);

  assert.equal((await found.signIn()).status, 200);
  assert.equal((await found.call('GET', '/balance')).status, 200);
});

test('what was left on the lost device is worth nothing', async (context) => {
  const lost = await Client.customer(await startBank(context));
  await lost.signIn();
  assert.equal((await lost.call('GET', '/balance')).status, 200);
  await (await recovering(lost)).enrol();

  assert.equal((await lost.call('GET', '/me')).status, 401, 'its session');
  assert.equal((await lost.call('GET', '/balance')).status, 401);
  assert.equal((await lost.signIn()).status, 400, 'its passkey');
});

test('the other passkeys stay for who asks for it', async (context) => {
  const kept = await Client.customer(await startBank(context));
  const added = await recovering(kept, { keepPasskeys: true });
  const { body: options } = await added.call('GET', '/generate-registration-options');
  assert.equal(options.excludeCredentials.length, 1);
  await added.enrol();
  assert.equal((await added.call('GET', '/me')).body.passkeys, 2);
  assert.equal((await kept.signIn()).status, 200);
});

test('a passkey that is still on this device is replaced too', async (context) => {
  const device = await recovering(await Client.customer(await startBank(context)));
  const { body: options } = await device.call('GET', '/generate-registration-options');
  assert.deepEqual(options.excludeCredentials, []);
});

test('a code is spent by the passkey that it led to, not by asking', async (context) => {
  const lost = await Client.customer(await startBank(context));
  await recovering(lost);
  const found = await recovering(lost);
  assert.equal(found.answer.status, 200);
  const { recoveryCode } = (await found.enrol()).body;

  assert.equal((await recovering(lost)).answer.status, 403);
  assert.equal((await recovering(lost, { code: recoveryCode })).answer.status, 200);
});

test('of two recoveries by one code, the first ends the other', async (context) => {
  const lost = await Client.customer(await startBank(context));
  const [first, second] = [await recovering(lost), await recovering(lost)];
  const { body: options } = await second.call('GET', '/generate-registration-options');
  await first.enrol();

  const credential = second.authenticator.createJSON(second.origin, options);
  const { status } = await second.call('POST', '/verify-registration', { body: credential });
  assert.equal(status, 401);
  assert.equal((await first.call('GET', '/me')).body.passkeys, 1);
});

test('of two recoveries by one code at the same moment, one succeeds', async (context) => {
  const lost = await Client.customer(await startBank(context));
  const devices = [await recovering(lost), await recovering(lost)];
  const statuses = (await Promise.all(devices.map((device) => device.enrol()))).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, 401]);
});

const written = {
  'in small letters': (code) => code.toLowerCase(),
  'without its dashes': (code) => code.replaceAll('-', ''),
  'with spaces': (code) => ` ${code.replaceAll('-', ' ')} `,
  'with letters for digits': (code) => code.replaceAll('0', 'o').replaceAll('1', 'l'),
};

for (const [name, write] of Object.entries(written)) {
  test(`a code counts ${name}`, async (context) => {
    const lost = await Client.customer(await startBank(context));
    const { answer } = await recovering(lost, { code: write(lost.recoveryCode) });
    assert.equal(answer.status, 200);
  });
}

test('a recovery is no sign-in', async (context) => {
  const lost = await Client.customer(await startBank(context));
  const found = await recovering(lost);
  const me = { id: lost.id, name: 'Ada', recovering: true, passkeys: 1 };
  assert.deepEqual((await found.call('GET', '/me')).body, me);
  assert.equal((await found.call('GET', '/balance')).status, 401);
  const { body: options } = await found.call('GET', '/generate-authentication-options');
  assert.deepEqual(options.allowCredentials, []);
});

test('a recovery gets a session of its own', async (context) => {
  const lost = await Client.customer(await startBank(context));
  const planted = lost.sessionCookie;
  const body = { name: 'Ada', code: lost.recoveryCode };
  await lost.call('POST', '/recovery/start', { body });
  const started = lost.sessionCookie;
  assert.notEqual(started, planted);
  await lost.enrol();
  assert.notEqual(lost.sessionCookie, started);
});

const wrong = {
  'a wrong code': (lost) => ({ name: 'Ada', code: lost.recoveryCode.replace(/.$/, other) }),
  'an unknown name': (lost) => ({ name: 'Nobody', code: lost.recoveryCode }),
  "somebody else's code": (_lost, mallory) => ({ name: 'Ada', code: mallory.recoveryCode }),
  'no code': () => ({ name: 'Ada' }),
  'a code that is no text': () => ({ name: 'Ada', code: ['0'] }),
  'an empty code': () => ({ name: 'Ada', code: '' }),
  'a name that is no text': (lost) => ({ name: { a: 1 }, code: lost.recoveryCode }),
  'no body': () => undefined,
};
const other = (character) => (character === '0' ? '1' : '0');

for (const [name, body] of Object.entries(wrong)) {
  test(`refuses ${name}, in one shape`, async (context) => {
    const bank = await startBank(context);
    const lost = await Client.customer(bank);
    const mallory = await Client.customer(bank, 'Mallory');
    const device = new Client(bank);
    const answer = await device.call('POST', '/recovery/start', { body: body(lost, mallory) });
    assert.deepEqual(answer, { status: 403, body: { error: 'Name and code do not belong together' } });
    assert.equal((await device.call('GET', '/generate-registration-options')).status, 401);
  });
}
