import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import express from 'express';
import session from 'express-session';

import { passkeyRoutes } from './passkeys.mjs';
import { paymentRoutes } from './payments.mjs';
import { recoveryRoutes } from './recovery.mjs';
import { requestLog } from './request-log.mjs';
import { sessionRoutes } from './sessions.mjs';
import { State } from './state.mjs';

const DAY_MS = 86_400_000;
const PUBLIC = fileURLToPath(new URL('../public/', import.meta.url));
/** Libraries of the pages, as they are in node_modules. */
const VENDORED = { simplewebauthn: '@simplewebauthn/browser', qr: 'qr' };

/**
 * The whole bank as one request handler.
 *
 * @param {object} settings
 * @param {string} settings.origin - what `origin` in clientDataJSON must be
 * @param {string} settings.rpId - WebAuthn relying party id
 * @param {string} [settings.requestLog] - path of the request log, see request-log.mjs
 * @param {string} [settings.state] - path of the file that customers and sessions outlive it in, see state.mjs
 */
export function createBank({ origin, rpId, requestLog: logPath, state: statePath }) {
  const app = express();
  const { customers, secret, store } = new State(statePath);
  const log = requestLog(logPath);

  app.disable('x-powered-by');
  app.use(securityHeaders);
  app.get('/healthz', (_req, res) => res.type('text').send('ok\n'));
  app.post('/upload', upload(log));
  app.use(express.json({ verify: log.keepRawBody }));
  app.use(log.received);
  app.use(express.static(PUBLIC));
  for (const [name, library] of Object.entries(VENDORED)) {
    const folder = fileURLToPath(new URL('./', import.meta.resolve(library)));
    app.use(`/vendor/${name}`, express.static(folder));
  }
  app.use(
    session({
      secret,
      store,
      saveUninitialized: false,
      resave: false,
      cookie: { maxAge: DAY_MS, httpOnly: true, sameSite: 'lax' },
    }),
  );
  app.use(noStore);
  app.use(sessionRoutes(customers));
  app.use(recoveryRoutes(customers));
  app.use(passkeyRoutes(customers, { origin, rpId }));
  app.use(paymentRoutes(customers));
  app.use((_req, res) => res.status(404).send({ error: 'No such page' }));
  app.use(log.unreadable);
  app.use(sendError);
  return app;
}

function securityHeaders(_req, res, next) {
  res.set({
    'content-security-policy':
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  next();
}

function noStore(_req, res, next) {
  res.set('cache-control', 'no-store');
  next();
}

/** `POST /upload`: any content type and size, never held in memory. */
function upload(log) {
  return async (req, res) => {
    const hash = createHash('sha256');
    let bytes = 0;
    await pipeline(req, async (chunks) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        hash.update(chunk);
      }
    });
    const receipt = { bytes, sha256: hash.digest('hex') };
    log.write(req, { body: receipt });
    res.send(receipt);
  };
}

function sendError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  res.status(status).send({ error: status >= 500 ? 'Internal error' : error.message });
}
