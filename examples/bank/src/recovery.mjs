import { Router } from 'express';

import { readName } from './customers.mjs';
import { startSession } from './sessions.mjs';

/**
 * `POST /recovery/start`: for who has lost the device, and has kept the recovery code. It does not sign anybody in:
 * its session may enrol a passkey for this customer (passkeys.mjs), and nothing else.
 */
export function recoveryRoutes(customers) {
  const routes = Router();

  routes.post('/recovery/start', async (req, res) => {
    const customer = customers.byRecoveryCode(readName(req.body), req.body?.code);
    // One answer, so that it does not tell who has an account.
    if (!customer) return res.status(403).send({ error: 'Name and code do not belong together' });
    const keepPasskeys = req.body.keepPasskeys === true;
    await startSession(req, customer, { recovering: { keepPasskeys } });
    res.send({ user: { id: customer.id } });
  });

  return routes;
}
