import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { Router } from 'express';

import { currentCustomer, sessionCustomer, startSession } from './sessions.mjs';

const CEREMONY_TIMEOUT_MS = 60_000;
const ES256 = -7;
const RS256 = -257;

/** The four passkey routes, named and shaped like those of SimpleWebAuthn's own example server. */
export function passkeyRoutes(customers, { origin, rpId }) {
  const routes = Router();
  // "preferred": see https://passkeys.dev/docs/use-cases/bootstrapping/#a-note-about-user-verification
  const expected = {
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: false,
  };

  routes.get('/generate-registration-options', async (req, res) => {
    const customer = sessionCustomer(req, customers);
    if (!customer) return res.status(401).send({ error: 'Open an account or sign in first' });
    const { recovering } = req.session;
    // What will be replaced may be on this very device.
    const kept = recovering && !recovering.keepPasskeys ? [] : customer.credentials;

    const options = await generateRegistrationOptions({
      rpName: 'Quayside Bank',
      rpID: rpId,
      userID: new TextEncoder().encode(customer.id),
      userName: customer.name,
      timeout: CEREMONY_TIMEOUT_MS,
      attestationType: 'none',
      excludeCredentials: kept.map(descriptor),
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      supportedAlgorithmIDs: [ES256, RS256],
    });
    req.session.registrationChallenge = options.challenge;
    res.send(options);
  });

  routes.post('/verify-registration', async (req, res) => {
    const customer = sessionCustomer(req, customers);
    if (!customer) return res.status(401).send({ error: 'Open an account or sign in first' });

    const expectedChallenge = takeChallenge(req, 'registrationChallenge');
    if (!expectedChallenge) return res.status(400).send({ error: 'No enrolment is under way' });
    const { verified, registrationInfo } = await orBadRequest(() =>
      verifyRegistrationResponse({ ...expected, response: req.body, expectedChallenge }),
    );
    if (verified) {
      const { id, publicKey, counter } = registrationInfo.credential;
      if (customers.byCredential(id)) {
        return res.status(400).send({ error: 'This passkey is registered already' });
      }
      const { transports } = req.body.response;
      const credential = { id, publicKey, counter, transports };
      const { recovering } = req.session;
      if (recovering) {
        // The same code may have recovered the account while we verified.
        if (!sessionCustomer(req, customers)) return res.status(401).send({ error: 'This recovery is over' });
        const recoveryCode = customers.recover(customer, credential, recovering);
        await startSession(req, customer, { signedInWith: 'name' });
        return res.send({ verified, recoveryCode });
      }
      customer.credentials.push(credential);
    }
    res.send({ verified });
  });

  routes.get('/generate-authentication-options', async (req, res) => {
    const customer = currentCustomer(req, customers);
    const options = await generateAuthenticationOptions({
      timeout: CEREMONY_TIMEOUT_MS,
      // Nobody known: the authenticator offers the passkeys it has for us (a discoverable sign-in).
      allowCredentials: customer?.credentials.map(descriptor) ?? [],
      userVerification: 'preferred',
      rpID: rpId,
    });
    req.session.authenticationChallenge = options.challenge;
    res.send(options);
  });

  routes.post('/verify-authentication', async (req, res) => {
    const expectedChallenge = takeChallenge(req, 'authenticationChallenge');
    if (!expectedChallenge) return res.status(400).send({ error: 'No sign-in is under way' });

    // Somebody who has said who they are can sign in with their own passkeys only.
    const owner = customers.byCredential(req.body?.id);
    const claimed = currentCustomer(req, customers);
    const credential = owner?.credentials.find(({ id }) => id === req.body.id);
    if (!credential || (claimed && claimed !== owner)) {
      return res.status(400).send({ error: 'Authenticator is not registered with this site' });
    }

    const { verified, authenticationInfo } = await orBadRequest(() =>
      verifyAuthenticationResponse({
        ...expected,
        response: req.body,
        expectedChallenge,
        credential,
      }),
    );
    if (verified) {
      credential.counter = authenticationInfo.newCounter;
      await startSession(req, owner, { signedInWith: 'passkey' });
    }
    res.send({ verified });
  });

  return routes;
}

function descriptor({ id, transports }) {
  return { id, transports };
}

/** A challenge is answered once, whatever the answer. */
function takeChallenge(req, name) {
  const challenge = req.session[name];
  delete req.session[name];
  return challenge;
}

/** SimpleWebAuthn says by throwing that a response is not what was expected. */
async function orBadRequest(verify) {
  try {
    return await verify();
  } catch (error) {
    throw Object.assign(error, { status: 400 });
  }
}
