// Takes a check over: the token stands behind the "#" of the address, the number is on the other device's screen.

const page = document.getElementById("countersign-phone");
const ask = document.getElementById("countersign-ask");
const asked = document.getElementById("countersign-asked");
const line = document.getElementById("countersign-status");
const token = location.hash.slice(1);

// A token that is spent is of no use to anybody, but it need not stay in the history.
history.replaceState(null, "", location.pathname);

function post(action, body) {
  return fetch(`${location.pathname.replace(/\/$/, "")}/${action}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
  });
}

function say(message) {
  line.textContent = message;
}

function show({ client, asked: about }) {
  ask.hidden = true;
  document.getElementById("countersign-asked-client").textContent = about.client;
  const started = new Date(about.startedAt);
  document.getElementById("countersign-asked-started").textContent = started.toLocaleString(document.documentElement.lang || undefined);
  document.getElementById("countersign-asked-from").textContent = about.from;
  // For pages that bring the orchestrator's SDK along.
  page.dataset.client = JSON.stringify(client);
  const link = document.getElementById("countersign-capture");
  if (/^https?:\/\//i.test(client.captureUrl ?? "")) {
    link.href = client.captureUrl;
    link.hidden = false;
  }
  asked.hidden = false;
  say(page.dataset.opened);
  (link.hidden ? document.getElementById("countersign-not-me") : link).focus();
}

ask.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = document.getElementById("countersign-send");
  button.disabled = true;
  try {
    const answer = await post("consume", { token, number: document.getElementById("countersign-number").value });
    if (answer.ok) {
      show(await answer.json());
    } else {
      ask.hidden = true;
      say(page.dataset.spent);
    }
  } catch {
    button.disabled = false;
    say(page.dataset.unreachable);
  }
});

document.getElementById("countersign-not-me").addEventListener("click", async () => {
  try {
    await post("cancel", { token });
    asked.hidden = true;
    say(page.dataset.cancelled);
  } catch {
    say(page.dataset.unreachable);
  }
});

if (/^[A-Za-z0-9_-]{43}$/.test(token)) {
  ask.hidden = false;
  document.getElementById("countersign-number").focus();
} else {
  say(page.dataset.spent);
}
