import { randomUUID } from 'node:crypto';

/**
 * @typedef {object} Customer
 * @property {string} id - a UUID; its bytes (as text) are also the WebAuthn user handle
 * @property {string} name
 * @property {import('@simplewebauthn/server').WebAuthnCredential[]} credentials
 */

/** The bank's customers and their passkeys, in memory. */
export class Customers {
  /** @type {Map<string, Customer>} */
  #byId = new Map();

  /** Opens an account; `undefined` when the name is taken. */
  open(name) {
    if (this.byName(name)) return undefined;
    const customer = { id: randomUUID(), name, credentials: [] };
    this.#byId.set(customer.id, customer);
    return customer;
  }

  byId(id) {
    return this.#byId.get(id);
  }

  byName(name) {
    const wanted = name.toLowerCase();
    return this.#find((customer) => customer.name.toLowerCase() === wanted);
  }

  /** Whose passkey this is: what makes a sign-in without a name possible. */
  byCredential(credentialId) {
    return this.#find((customer) => customer.credentials.some(({ id }) => id === credentialId));
  }

  #find(test) {
    return [...this.#byId.values()].find(test);
  }
}
