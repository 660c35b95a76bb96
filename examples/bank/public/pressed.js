// Waiting for a person.

/** Until the button is pressed; fails when `signal` aborts. */
export function pressed(button, signal) {
  return new Promise((resolve, reject) => {
    button.addEventListener('click', resolve, { once: true, signal });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
