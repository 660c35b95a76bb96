// The bank: as a process of its own, and as a person meets it.
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

/** What a person does on the bank's page, and sees. */
export class BankPage {
  constructor(page, url) {
    this.page = page;
    this.url = url;
  }

  async open() {
    await this.page.goto(this.url);
    await this.state('out');
  }

  async openAccount(name) {
    await this.page.getByLabel('Name').fill(name);
    await this.press('Open account');
    await this.state('name');
  }

  async sayName(name) {
    await this.page.getByLabel('Name').fill(name);
    await this.press('I have an account');
    await this.state('name');
  }

  async signOut() {
    await this.press('Sign out');
    await this.state('out');
  }

  /** `Enrol`, `Sign in`, `Sign in with step-up`, … */
  press(button) {
    return this.page.getByRole('button', { name: button, exact: true }).click();
  }

  /** Waits until the page is at rest and says who is there: `out`, `name` (said, not proven) or `passkey`. */
  state(state) {
    return this.page.locator(`body[data-state="${state}"]:not([data-busy="true"])`).waitFor();
  }

  /** Waits for the camera panel; the link that opens the capture page. */
  async camera() {
    const link = this.page.locator('#open-capture');
    await link.waitFor();
    return link;
  }

  /** Waits for an entry of the log. */
  says(text) {
    return this.page.locator('#log li', { hasText: text }).first().waitFor();
  }

  /** Waits for the end of the action: the last entry of the log. */
  async outcome() {
    const last = this.page.locator('#log li:is(.good, .bad)');
    await last.waitFor();
    await this.page.locator('body:not([data-busy="true"])').waitFor();
    return last.textContent();
  }
}
