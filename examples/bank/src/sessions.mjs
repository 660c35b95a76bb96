import { promisify } from 'node:util';

import { Router } from 'express';

import { readName } from './customers.mjs';

/**
 * Who is there: `POST /account`, `POST /login`, `POST /logout`, `GET /me`, and what a customer may see and keep:
 * `GET /balance`, `POST /profile`.
 *
 * Somebody is signed in with a `name` (they said who they are: the stand-in for a bank's first factor, not enough to see
 * the balance) or with a `passkey` (they proved it). Or they are not signed in, but recovering (recovery.mjs).
 */
export function sessionRoutes(customers) {
  const routes = Router();

  routes.post('/account', async (req, res) => {
    const name = readName(req.body);
    if (!name) return res.status(400).send({ error: 'A name of 1 to 64 characters, please' });
    const opened = customers.open(name);
    if (!opened) return res.status(409).send({ error: 'There is an account of that name already' });
    const { customer, recoveryCode } = opened;
    await startSession(req, customer, { signedInWith: 'name' });
    res.status(201).send({ id: customer.id, name: customer.name, recoveryCode });
  });

  routes.post('/login', async (req, res) => {
    const name = readName(req.body);
    const customer = name && customers.byName(name);
    if (!customer) return res.status(401).send({ error: 'There is no account of that name' });
    await startSession(req, customer, { signedInWith: 'name' });
    res.send({ id: customer.id, name: customer.name });
  });

  routes.post('/logout', async (req, res) => {
    await promisify(req.session.destroy).call(req.session);
    res.clearCookie('connect.sid').status(204).end();
  });

  routes.get('/me', (req, res) => {
    const customer = sessionCustomer(req, customers);
    if (!customer) return res.status(401).send({ error: 'Nobody is signed in' });
    const { id, name, credentials } = customer;
    const { signedInWith, recovering } = req.session;
    res.send({ id, name, signedInWith, recovering: recovering && true, passkeys: credentials.length });
  });

  routes.get('/balance', (req, res) => {
    if (!currentCustomer(req, customers) || req.session.signedInWith !== 'passkey') {
      return res.status(401).send({ error: 'Sign in with your passkey first' });
    }
    res.send({ amount: '1 204.50', currency: 'EUR' });
  });

  routes.post('/profile', (req, res) => {
    req.session.profile = req.body;
    res.send({ saved: true, profile: req.body });
  });

  return routes;
}

/** Whose session this is, signed in or recovering, or `undefined`. */
export function sessionCustomer(req, customers) {
  const customer = customers.byId(req.session.customerId);
  return customer?.recoveries === req.session.recoveries ? customer : undefined;
}

/** Who is signed in, or `undefined`. */
export function currentCustomer(req, customers) {
  return req.session.signedInWith && sessionCustomer(req, customers);
}

/**
 * A new session id whenever somebody comes, so that an id planted before it is worth nothing (session fixation).
 *
 * @param {{signedInWith: 'name' | 'passkey'} | {recovering: {keepPasskeys: boolean}}} standing
 */
export async function startSession(req, customer, standing) {
  await promisify(req.session.regenerate).call(req.session);
  const { id: customerId, recoveries } = customer;
  Object.assign(req.session, { customerId, recoveries, ...standing });
}
