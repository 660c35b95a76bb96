// The list of what happens, in plain words.

const list = document.getElementById('log');

/** Adds an entry; `kind` is `start`, `good`, `bad` or nothing. */
export function say(text, kind) {
  const entry = document.createElement('li');
  entry.textContent = text;
  if (kind) entry.className = kind;
  list.append(entry);
}

export function clearLog() {
  list.replaceChildren();
}
