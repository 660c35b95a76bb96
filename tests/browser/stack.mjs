// Where the whole stack is: a running one that the environment names, or the demo, started for this run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { readLog } from './support/bank.mjs';
import { ARTIFACTS } from './support/artifacts.mjs';

const DEMO = fileURLToPath(new URL('../../examples/demo/demo.py', import.meta.url));
const ANY_PORT = ['envoy', 'admin', 'bank', 'orchestrator', 'simulator'].flatMap((part) => [
  `--${part}-port`,
  '0',
]);

/**
 * With `BANK_URL` (the bank's page, through Envoy) set, `BANK_LOG` and `ORCHESTRATOR_LOG` must name the logs of that
 * bank and of that orchestrator (with `COUNTERSIGN_LOG_FORMAT=json`). Without it the demo is started on free ports.
 *
 * `received()` is what reached the bank, `orchestratorCalls()` what the gateway asked the orchestrator, as
 * `POST /v1/sessions` and so on.
 */
export async function startStack(name) {
  const { BANK_URL, BANK_LOG, ORCHESTRATOR_LOG } = process.env;
  if (!BANK_URL) return startDemo(name);
  if (!BANK_LOG || !ORCHESTRATOR_LOG) {
    throw new Error('BANK_URL needs BANK_LOG and ORCHESTRATOR_LOG beside it');
  }
  return stackAt(BANK_URL, BANK_LOG, ORCHESTRATOR_LOG, async () => {});
}

/** The demo, with its logs left among the artefacts, under `name`. */
async function startDemo(name) {
  const logs = join(ARTIFACTS, 'logs', name);
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const bankLog = join(logs, 'bank-received.jsonl');
  const demo = spawn('python3', [DEMO, '--json', '--log-dir', logs, ...ANY_PORT], {
    env: { ...process.env, BANK_LOG: bankLog, COUNTERSIGN_LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(demo, 'exit');
  for await (const line of createInterface(demo.stdout)) {
    return stackAt(JSON.parse(line).page, bankLog, join(logs, 'orchestrator.log'), async () => {
      demo.kill('SIGTERM');
      await ended;
    });
  }
  throw new Error('The demo did not start; what it said is above');
}

function stackAt(url, bankLog, orchestratorLog, stop) {
  return {
    url,
    received: () => readLog(bankLog),
    orchestratorCalls: () =>
      readLog(orchestratorLog)
        .filter(({ span }) => span?.name === 'request')
        .map(({ span }) => `${span.method} ${span.route}`)
        // The face check tells its results in its own time.
        .filter((call) => !call.includes('/webhooks/')),
    stop,
  };
}
