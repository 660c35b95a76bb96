// Tells the page that opened this one that the capture is over (not how it ended), then closes the window.
const run = document.getElementById("done").dataset.run;
const message = { type: "countersign-capture", run };
for (const other of [window.opener, window.parent]) {
  if (other && other !== window) other.postMessage(message, "*");
}
if (window.opener) window.close();
