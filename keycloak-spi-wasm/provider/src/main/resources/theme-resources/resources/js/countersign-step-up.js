// Follows the check and posts the form when it is over. Without this script the person presses "Continue".

const form = document.getElementById("countersign-step-up");
const line = document.getElementById("countersign-status");
const LONGEST_WAIT = 10;

/** Seconds until the next question; `null` when there is none. */
async function follow() {
  const answer = await fetch(form.dataset.status, { headers: { accept: "application/json" }, cache: "no-store" });
  if (answer.status === 404) {
    line.textContent = form.dataset.over;
    return null;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const { status } = await answer.json();
  if (status === "pending") return Number(answer.headers.get("retry-after")) || 1;
  // However it ended: what comes of it is for the server to say.
  line.textContent = form.dataset.goingOn;
  form.requestSubmit(document.getElementById("countersign-continue"));
  return null;
}

let failures = 0;
let timer;

async function next() {
  let wait;
  try {
    wait = await follow();
    failures = 0;
  } catch {
    failures += 1;
    wait = Math.min(2 ** failures, LONGEST_WAIT);
  }
  if (wait !== null) timer = setTimeout(next, wait * 1000);
}

form.addEventListener("submit", () => clearTimeout(timer));
timer = setTimeout(next, 1000);
