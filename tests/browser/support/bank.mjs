// The bank as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../../../examples/bank/server.mjs', import.meta.url));

/** Starts the bank alone on a free port. */
export async function startBank(test) {
  const folder = mkdtempSync(join(tmpdir(), 'bank-'));
  const log = join(folder, 'requests.jsonl');
  const bank = spawn(process.execPath, [SERVER], {
    env: { ...process.env, PORT: '0', BANK_LOG: log },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  test.after(async () => {
    bank.kill('SIGTERM');
    if (bank.exitCode === null) await once(bank, 'exit');
    rmSync(folder, { recursive: true });
  });
  for await (const line of createInterface(bank.stdout)) {
    const port = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
    if (port) return { url: `http://localhost:${port}`, received: () => readLog(log) };
  }
  throw new Error('The bank did not start');
}

/** The JSON lines of a log; others, as a program prints at its start, are left out. */
export function readLog(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
