import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { openBrowser } from './support/browser.mjs';

// The evidence cookie has the `__Host-` prefix and is Secure. On plain http the demo depends on the browser
// taking http://localhost for a secure origin in this too.
test('Chromium keeps Secure __Host- cookies of http://localhost', async (context) => {
  const cookie = '__Host-cs-abc=cs1.k1.e30.AA';
  const server = createServer((request, response) => {
    if (request.url === '/begin') {
      response.setHeader('set-cookie', `${cookie}; Path=/; Secure; HttpOnly; SameSite=Lax`);
    }
    response.end(request.headers.cookie);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context.after(() => server.close());
  const page = await openBrowser(context);
  await page.goto(`http://localhost:${server.address().port}/`);

  const sent = await page.evaluate(async () => {
    await fetch('/begin');
    return (await fetch('/finish', { method: 'POST' })).text();
  });

  assert.equal(sent, cookie);
});
