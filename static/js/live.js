// The page's one stream: how live it is, what changed, and that nothing jumps under an eye or a hand.
"use strict";
(() => {
  const stream = document.getElementById("stream");
  if (!stream) return;
  let since = null;

  function say(live, words) {
    for (const dot of document.querySelectorAll("[data-stream]")) {
      dot.dataset.live = live ? "yes" : "no";
      const word = dot.querySelector("[data-word]");
      if (word.textContent !== words) word.textContent = words;
    }
  }

  const hour = (at) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  function lost() {
    since ??= new Date();
    say(false, `Not live since ${hour(since)}, trying again`);
  }

  stream.addEventListener("htmx:sse:after:connection", () => { since = null; say(true, "Live"); });
  stream.addEventListener("htmx:sse:before:connection", (e) => e.detail.connection.attempt > 1 && lost());
  for (const name of ["htmx:sse:error", "htmx:sse:close", "htmx:error"]) stream.addEventListener(name, lost);

  // The person's rights changed: the page asks for itself again and is told what holds now.
  // Not while a form is on its way: signing out ends the stream too, and its own answer is where the person goes.
  let leaving = false;
  document.addEventListener("submit", (e) => { leaving ||= !e.target.hasAttribute("hx-post"); });
  addEventListener("pageshow", () => { leaving = false; });
  stream.addEventListener("gone", () => leaving || location.reload());

  // What the reader opened or closed stays so, whatever the server draws.
  const touched = new WeakSet();
  document.addEventListener("click", (e) => {
    const details = e.target.closest("summary")?.parentElement;
    if (details) touched.add(details);
  });
  htmx.registerExtension("hold-details", {
    htmx_before_morph_attr: (element, detail) => !(detail.attrName === "open" && touched.has(element)),
  });

  // A changed row carries a mark that fades.
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
        // Times tick by themselves: that is no news.
        if (row && !r.target.parentElement?.closest("[data-ago],[data-ran]") && !r.target.closest?.("[data-ago],[data-ran]")) changed.add(row);
      }
      changed.forEach(mark);
    }).observe(rows, { subtree: true, childList: true, characterData: true });
  }

  // New entries below: the place is held by the layout; a button tells how many there are and leads there.
  const flow = document.querySelector("[data-flow]");
  const button = document.querySelector("[data-newer]");
  const items = document.getElementById("conversation");
  if (!flow || !button || !items) return;
  let below = 0;
  const atEnd = () => flow.scrollTop > -40;
  function tell() {
    if (atEnd()) below = 0;
    button.hidden = below === 0;
    button.textContent = `${below} newer below`;
  }
  new MutationObserver((records) => {
    for (const r of records) below += [...r.addedNodes].filter((n) => n.nodeType === 1 && n.nextElementSibling === null).length;
    tell();
  }).observe(items, { childList: true });
  flow.addEventListener("scroll", tell, { passive: true });
  button.addEventListener("click", () => { flow.scrollTop = 0; tell(); });
})();
