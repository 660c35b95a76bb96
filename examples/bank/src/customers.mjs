import { randomUUID } from 'node:crypto';

import { digestOf, freshCode, isCode } from './recovery-code.mjs';

const NAME_MAX = 64;

/**
 * @typedef {object} Customer
 * @property {string} id - a UUID; its bytes (as text) are also the WebAuthn user handle
 * @property {string} name
 * @property {import('@simplewebauthn/server').WebAuthnCredential[]} credentials
 * @property {{id: string, amount: number, currency: string, payee: string}[]} payments - in the order they were made
 * @property {Buffer} recoveryDigest - of the one recovery code that is good
 * @property {number} recoveries - how often the account was recovered; a session of before is over
 */

/** The bank's customers and their passkeys, in memory. */
export class Customers {
  /** @type {Map<string, Customer>} */
  #byId;

  /** @param {Customer[]} [customers] - those that there are already */
  constructor(customers = []) {
    this.#byId = new Map(customers.map((customer) => [customer.id, customer]));
  }

  all() {
    return [...this.#byId.values()];
  }

  /** Opens an account: the customer and the recovery code; `undefined` when the name is taken. */
  open(name) {
    if (this.byName(name)) return undefined;
    const customer = { id: randomUUID(), name, credentials: [], payments: [], recoveries: 0 };
    this.#byId.set(customer.id, customer);
    return { customer, recoveryCode: renewCode(customer) };
  }

  /**
   * A passkey in the place of a lost one. The code that led here is spent, and who still holds a session of the
   * lost device is out.
   *
   * @returns {string} the next recovery code
   */
  recover(customer, credential, { keepPasskeys }) {
    customer.credentials = [...(keepPasskeys ? customer.credentials : []), credential];
    customer.recoveries += 1;
    return renewCode(customer);
  }

  byId(id) {
    return this.#byId.get(id);
  }

  byName(name) {
    const wanted = name.toLowerCase();
    return this.#find((customer) => customer.name.toLowerCase() === wanted);
  }

  byRecoveryCode(name, code) {
    const customer = this.byName(name);
    return customer && isCode(code, customer.recoveryDigest) ? customer : undefined;
  }

  /** Whose passkey this is: what makes a sign-in without a name possible. */
  byCredential(credentialId) {
    return this.#find((customer) => customer.credentials.some(({ id }) => id === credentialId));
  }

  #find(test) {
    return this.all().find(test);
  }
}

/** The name in a request; empty when there is none that could be a customer's. */
export function readName(body) {
  const name = typeof body?.name === 'string' ? body.name.normalize('NFC').trim() : '';
  return name.length <= NAME_MAX ? name : '';
}

function renewCode(customer) {
  const code = freshCode();
  customer.recoveryDigest = digestOf(code);
  return code;
}
