import { randomUUID } from 'node:crypto';

import { Router } from 'express';

import { currentCustomer } from './sessions.mjs';

const PAYEE_MAX = 64;
const AMOUNT_MAX = 1e9;

/**
 * `POST /api/payments` and `GET /api/payments`: whoever is signed in pays, and sees what they have paid. How sure it is
 * that it is them is nothing that these routes ask.
 */
export function paymentRoutes(customers) {
  const routes = Router();

  routes.use('/api/payments', (req, res, next) => {
    req.customer = currentCustomer(req, customers);
    if (!req.customer) return res.status(401).send({ error: 'Sign in first' });
    next();
  });

  routes.post('/api/payments', (req, res) => {
    const wrong = whatIsWrong(req.body);
    if (wrong) return res.status(400).send({ error: wrong });
    const { amount, currency, payee } = req.body;
    const payment = { id: randomUUID(), amount, currency, payee };
    req.customer.payments.push(payment);
    res.status(201).send(payment);
  });

  routes.get('/api/payments', (req, res) => res.send({ payments: req.customer.payments }));

  return routes;
}

function whatIsWrong({ amount, currency, payee } = {}) {
  const cents = amount * 100;
  if (typeof amount !== 'number' || !(amount > 0 && amount <= AMOUNT_MAX)) return 'An amount above 0, please';
  if (Math.abs(cents - Math.round(cents)) > 1e-4) return 'No more than two decimals, please';
  if (!/^[A-Z]{3}$/.test(currency)) return 'A currency, such as EUR, please';
  const written = typeof payee === 'string' && payee.trim() !== '' && payee.length <= PAYEE_MAX;
  return written ? undefined : `A payee of 1 to ${PAYEE_MAX} characters, please`;
}
