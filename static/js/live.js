// The page's only stream: its state, and updates that never move what a person is reading or using.
"use strict";
(() => {
  const stream = document.getElementById("stream");
  if (!stream) return;
  let since = null;

  function showState(live, words) {
    for (const dot of document.querySelectorAll("[data-stream]")) {
      dot.dataset.live = live ? "yes" : "no";
      const word = dot.querySelector("[data-word]");
      if (word.textContent !== words) word.textContent = words;
    }
  }

  const hour = (at) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  function lost() {
    since ??= new Date();
    showState(false, `Offline since ${hour(since)}, reconnecting`);
  }

  stream.addEventListener("htmx:sse:after:connection", () => { since = null; showState(true, "Live"); });
  stream.addEventListener("htmx:sse:before:connection", (e) => e.detail.connection.attempt > 1 && lost());
  for (const name of ["htmx:sse:error", "htmx:sse:close", "htmx:error"]) stream.addEventListener(name, lost);

  // The person's rights changed: reload the page.
  // Not while a form is being sent: signing out ends the stream too, and the form's response is the next page.
  let leaving = false;
  document.addEventListener("submit", (e) => { leaving ||= !e.target.hasAttribute("hx-post"); });
  addEventListener("pageshow", () => { leaving = false; });
  stream.addEventListener("gone", () => leaving || location.reload());

  // Details that the reader opened or closed stay so when the server updates them.
  const touched = new WeakSet();
  document.addEventListener("click", (e) => {
    const details = e.target.closest("summary")?.parentElement;
    if (details) touched.add(details);
  });
  htmx.registerExtension("hold-details", {
    htmx_before_morph_attr: (element, detail) => !(detail.attrName === "open" && touched.has(element)),
  });

  // Mark a changed row; the mark fades.
  const rows = document.querySelector("tbody[data-live]");
  if (rows) {
    const mark = (row) => {
      row.classList.remove("changed");
      requestAnimationFrame(() => row.classList.add("changed"));
    };
    new MutationObserver((records) => {
      const changed = new Set();
      for (const r of records) {
        const row = (r.target.nodeType === 1 ? r.target : r.target.parentElement)?.closest("tr");
        // Updated times are not changes.
        if (row && !r.target.parentElement?.closest("[data-ago],[data-ran]") && !r.target.closest?.("[data-ago],[data-ran]")) changed.add(row);
      }
      changed.forEach(mark);
    }).observe(rows, { subtree: true, childList: true, characterData: true });
  }

  // New entries below: the layout keeps the scroll position; a button shows how many there are and scrolls to them.
  const flow = document.querySelector("[data-flow]");
  const button = document.querySelector("[data-newer]");
  const items = document.getElementById("conversation");
  if (!flow || !button || !items) return;
  let below = 0;
  const atEnd = () => flow.scrollTop > -40;
  function showCount() {
    if (atEnd()) below = 0;
    button.hidden = below === 0;
    button.textContent = `${below} new below`;
  }
  new MutationObserver((records) => {
    for (const r of records) below += [...r.addedNodes].filter((n) => n.nodeType === 1 && n.nextElementSibling === null).length;
    showCount();
  }).observe(items, { childList: true });
  flow.addEventListener("scroll", showCount, { passive: true });
  button.addEventListener("click", () => { flow.scrollTop = 0; showCount(); });
})();
