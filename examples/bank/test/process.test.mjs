import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../server.mjs', import.meta.url));

test('says where it listens, and stops on SIGTERM with a pooled connection open', async (context) => {
  const bank = spawn(process.execPath, [SERVER], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => bank.kill('SIGKILL'));
  const [line] = await once(createInterface(bank.stdout), 'line');
  const [, address] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line);

  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  const [response] = await once(get(`${address}/healthz`, { agent }), 'response');
  assert.equal(response.statusCode, 200);
  await once(response.resume(), 'end');

  bank.kill('SIGTERM');
  assert.deepEqual(await once(bank, 'exit'), [0, null]);
});
