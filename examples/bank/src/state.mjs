import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import session from 'express-session';

import { Customers } from './customers.mjs';

/**
 * What the bank knows: its customers, the sessions, and the secret that signs the sessions' cookies. In memory, and with
 * a path also in a file of JSON, which is whole after a kill: a restarted bank goes on where it was.
 *
 * A customer is only ever changed by somebody in a session, and `express-session` tells its store about the session
 * before the answer is sent. So what was answered is in the file.
 */
export class State {
  /** @param {string} [path] */
  constructor(path) {
    const kept = path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
    this.customers = new Customers(kept.customers?.map(customerOf));
    this.secret = kept.secret ?? randomBytes(32).toString('base64url');
    this.store = new Sessions(kept.sessions, () => path && this.#write(path));
  }

  #write(path) {
    const { secret, store } = this;
    const state = { secret, customers: this.customers.all().map(jsonOf), sessions: store.sessions };
    writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

class Sessions extends session.MemoryStore {
  #changed;

  constructor(sessions, changed) {
    super();
    Object.assign(this.sessions, sessions);
    this.#changed = changed;
  }

  set(id, ...rest) {
    super.set(id, ...rest);
    this.#changed();
  }

  touch(id, ...rest) {
    super.touch(id, ...rest);
    this.#changed();
  }

  destroy(id, ...rest) {
    super.destroy(id, ...rest);
    this.#changed();
  }
}

function jsonOf({ recoveryDigest, credentials, ...customer }) {
  return {
    ...customer,
    recoveryDigest: recoveryDigest.toString('base64'),
    credentials: credentials.map((credential) => ({
      ...credential,
      publicKey: Buffer.from(credential.publicKey).toString('base64'),
    })),
  };
}

function customerOf({ recoveryDigest, credentials, ...customer }) {
  return {
    ...customer,
    recoveryDigest: Buffer.from(recoveryDigest, 'base64'),
    credentials: credentials.map((credential) => ({
      ...credential,
      publicKey: new Uint8Array(Buffer.from(credential.publicKey, 'base64')),
    })),
  };
}
