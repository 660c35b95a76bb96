// The card that shows a recovery code, once.

const element = (id) => document.getElementById(id);

element('code-kept').addEventListener('click', hideRecoveryCode);

export function showRecoveryCode(code) {
  element('code').textContent = code;
  element('recovery-code').hidden = false;
  element('recovery-code').focus();
}

export function hideRecoveryCode() {
  element('recovery-code').hidden = true;
  element('code').textContent = '';
}
