// Starts the bank. Settings, all optional, come from the environment:
//   HOST        address to listen on (default 127.0.0.1)
//   PORT        port; 0 lets the system choose one (default 10002)
//   ORIGIN      the origin that browsers see, where it is not this address (behind a proxy)
//   RP_ID       WebAuthn relying party id (default localhost)
//   BANK_STATE  file that customers and sessions are kept in; without it they end with the process
//   BANK_LOG    file to which every received request is appended, one JSON line each (for tests)
import { createServer } from 'node:http';

import { createBank } from './src/bank.mjs';

const { HOST = '127.0.0.1', PORT = '10002', ORIGIN, RP_ID = 'localhost', BANK_LOG, BANK_STATE } = process.env;

const server = createServer();

// A proxy in front keeps pooled connections idle for up to an hour (Envoy's default). Whoever closes first
// must be the client: a server that closes at the moment of reuse turns a good request into a 503.
server.keepAliveTimeout = 61 * 60 * 1000;

server.listen(Number(PORT), HOST, () => {
  const { port } = server.address();
  const origin = ORIGIN ?? `http://localhost:${port}`;
  server.on('request', createBank({ origin, rpId: RP_ID, requestLog: BANK_LOG, state: BANK_STATE }));
  console.log(`listening on http://${HOST}:${port}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    // What is still being answered gets three seconds.
    setTimeout(() => server.closeAllConnections(), 3000).unref();
  });
}
