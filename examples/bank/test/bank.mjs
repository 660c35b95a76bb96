// A bank on a free port and a client with a cookie and a soft authenticator.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';

import {
  AuthenticatorEmulator,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from 'nid-webauthn-emulator';

import { createBank } from '../src/bank.mjs';

/** `expected` is the origin that credentials must be for, where it is another than the bank's own. */
export async function startBank(context, { requestLog, state, expected } = {}) {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://localhost:${server.address().port}`;
  server.on('request', createBank({ origin: expected ?? origin, rpId: 'localhost', requestLog, state }));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin,
    received: () => readFileSync(requestLog, 'utf8').trim().split('\n').map(JSON.parse),
  };
}

export class Client {
  #cookie;

  constructor({ origin }, authenticator = softAuthenticator()) {
    this.origin = origin;
    this.authenticator = authenticator;
  }

  get sessionCookie() {
    return this.#cookie;
  }

  async call(method, path, { body, headers, ...rest } = {}) {
    const response = await fetch(this.origin + path, {
      method,
      headers: {
        ...(this.#cookie && { cookie: this.#cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body),
      ...rest,
    });
    for (const cookie of response.headers.getSetCookie()) [this.#cookie] = cookie.split(';', 1);
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, body: json ? JSON.parse(text) : text };
  }

  /** With an account and a passkey; `recoveryCode` is what the bank gave at the opening. */
  static async customer(bank, name = 'Ada') {
    const client = new Client(bank);
    const { body } = await client.call('POST', '/account', { body: { name } });
    await client.enrol();
    return Object.assign(client, { id: body.id, recoveryCode: body.recoveryCode });
  }

  async enrol() {
    const { body: options } = await this.call('GET', '/generate-registration-options');
    const credential = this.authenticator.createJSON(this.origin, options);
    return this.call('POST', '/verify-registration', { body: credential });
  }

  async assertion() {
    const { body: options } = await this.call('GET', '/generate-authentication-options');
    return this.authenticator.getJSON(this.origin, options);
  }

  async signIn() {
    return this.call('POST', '/verify-authentication', { body: await this.assertion() });
  }
}

/** A device of its own: left to itself, every emulator shares one store of passkeys. */
export function softAuthenticator() {
  const credentialsRepository = new PasskeysCredentialsMemoryRepository();
  return new WebAuthnEmulator(
    new AuthenticatorEmulator({ algorithmIdentifiers: ['ES256'], credentialsRepository }),
  );
}
