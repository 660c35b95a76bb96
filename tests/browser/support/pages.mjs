// The bank's pages as a person meets them: what there is to press, and what there is to see.
import { readCode } from './browser.mjs';

/** What all pages have: a camera panel, and a list of what happens. */
class Page {
  constructor(page, url) {
    this.page = page;
    this.url = url;
  }

  press(button) {
    return this.page.getByRole('button', { name: button, exact: true }).click();
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

  /** Writes the recovery code down. */
  async keepCode() {
    const code = await this.page.locator('#code').textContent();
    await this.press('I have kept it');
    return code;
  }
}

/** `/`: `Enrol`, `Sign in`, `Sign in with step-up`, `Approve on your phone`, `Pay`, `Pay, with my phone`. */
export class BankPage extends Page {
  async open() {
    await this.page.goto(this.url);
    await this.state('out');
  }

  /** @returns {Promise<string>} the recovery code */
  async openAccount(name) {
    await this.page.getByLabel('Name').fill(name);
    await this.press('Open account');
    await this.state('name');
    return this.keepCode();
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

  /** Waits until the page is at rest and says who is there: `out`, `name` (said, not proven) or `passkey`. */
  state(state) {
    return this.page.locator(`body[data-state="${state}"]:not([data-busy="true"])`).waitFor();
  }

  /** Fills the form, and sends it with one of its two buttons. */
  async pay({ amount, payee }, button = 'Pay') {
    await this.page.getByLabel('Amount in EUR').fill(String(amount));
    await this.page.getByLabel('To', { exact: true }).fill(payee);
    await this.press(button);
  }

  /** What the page lists as paid. */
  payments() {
    return this.page.locator('#payments li').allTextContents();
  }

  /** Waits for the panel of a hand-off; what a person carries over to the phone. */
  async handoff() {
    await this.page.locator('#handoff-qr svg').waitFor();
    return {
      deepLink: await readCode(this.page, '#handoff-qr'),
      number: await this.page.locator('#handoff-number').textContent(),
    };
  }
}

/** `/approve.html`, on the phone. */
export class ApprovePage extends Page {
  async open(deepLink) {
    await this.page.goto(deepLink);
    await this.page.locator('body:not([data-state="loading"])').waitFor();
  }

  /** Opens the link and types the number, as a person carries them over. */
  async take({ deepLink, number }) {
    await this.open(deepLink);
    await this.type(number);
  }

  async type(number) {
    await this.page.getByLabel('Number on the other device').fill(number);
    await this.press('Go on');
  }

  /** Waits for the question whether it is them; what they are told of the request. */
  async asked() {
    await this.page.getByRole('button', { name: 'It is me' }).waitFor();
    const [what, when, where] = await this.page.locator('dd').allTextContents();
    return { what, when, where };
  }
}

/** `/recover.html`, on the new device. */
export class RecoverPage extends Page {
  async open() {
    await this.page.goto(`${this.url}/recover.html`);
  }

  async recover(name, code, { keepPasskeys = false } = {}) {
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Recovery code', { exact: true }).fill(code);
    if (keepPasskeys) await this.page.getByLabel('Keep my other passkeys').check();
    await this.press('Recover');
  }

  /** Goes back to the page, once the camera has seen the owner. */
  async makePasskey() {
    await this.page.bringToFront();
    await this.press('Make the passkey');
  }
}
