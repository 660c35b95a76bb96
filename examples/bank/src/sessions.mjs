import { promisify } from 'node:util';

import { Router } from 'express';

const NAME_MAX = 64;

/**
 * Who is there: `POST /account`, `POST /login`, `POST /logout`, `GET /me`, and what a customer may see and keep:
 * `GET /balance`, `POST /profile`.
 *
 * A session is either `name` (somebody said who they are: the stand-in for a bank's first factor, so never enough
 * to see money) or `passkey` (they proved it).
 */
export function sessionRoutes(customers) {
  const routes = Router();

  routes.post('/account', async (req, res) => {
    const name = readName(req.body);
    if (!name) return res.status(400).send({ error: 'A name of 1 to 64 characters, please' });
    const customer = customers.open(name);
    if (!customer) return res.status(409).send({ error: 'There is an account of that name already' });
    await startSession(req, customer, 'name');
    res.status(201).send({ id: customer.id, name: customer.name });
  });

  routes.post('/login', async (req, res) => {
    const name = readName(req.body);
    const customer = name && customers.byName(name);
    if (!customer) return res.status(401).send({ error: 'There is no account of that name' });
    await startSession(req, customer, 'name');
    res.send({ id: customer.id, name: customer.name });
  });

  routes.post('/logout', async (req, res) => {
    await promisify(req.session.destroy).call(req.session);
    res.clearCookie('connect.sid').status(204).end();
  });

  routes.get('/me', (req, res) => {
    const customer = currentCustomer(req, customers);
    if (!customer) return res.status(401).send({ error: 'Nobody is signed in' });
    const { id, name, credentials } = customer;
    res.send({ id, name, signedInWith: req.session.signedInWith, passkeys: credentials.length });
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

/** The customer of this session, or `undefined`. */
export function currentCustomer(req, customers) {
  return customers.byId(req.session.customerId);
}

/** A new session id at every sign-in, so that an id planted before it is worth nothing (session fixation). */
export async function startSession(req, customer, signedInWith) {
  await promisify(req.session.regenerate).call(req.session);
  Object.assign(req.session, { customerId: customer.id, signedInWith });
}

function readName(body) {
  const name = typeof body?.name === 'string' ? body.name.normalize('NFC').trim() : '';
  return name.length <= NAME_MAX ? name : '';
}
