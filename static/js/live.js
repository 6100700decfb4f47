// The page's only stream: how old its last sign of the server is, and updates that never move what a person is reading or using.
"use strict";
(() => {
  let stream = document.getElementById("stream");
  if (!stream) return;

  // The server sends a beat every 3 seconds. From OLD on, the page shows the age of the last sign; from LOST on, it is not live. A
  // silent network closes nothing, so that after QUIET the page connects again, and again. A browser keeps up to HELD connections to a
  // server, and each that died in the silence costs a try. Only then is the time between tries doubled, up to SLOW.
  const OLD = 5, LOST = 20, QUIET = 10, HELD = 6, SLOW = 60;
  const began = Date.now();
  let heard = 0, since = 0, tried = began, tries = 0, wait = QUIET, connection = null;

  const hour = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  function state() {
    const age = (Date.now() - heard) / 1000;
    if (heard && !since && age < OLD) return ["yes", "Live"];
    if (heard && !since && age < LOST) return ["late", `${Math.floor(age)} s behind`];
    if (!heard && !since && Date.now() - began < LOST * 1000) return ["no", "Not live yet, connecting"];
    since ||= heard || began;
    return ["no", `Not live since ${hour(since)}, trying again`];
  }

  function showState() {
    const [live, words] = state();
    for (const dot of document.querySelectorAll("[data-stream]")) {
      dot.dataset.live = live;
      dot.title = words;
      const word = dot.querySelector("[data-word]");
      if (word.textContent !== words) word.textContent = words;
    }
  }

  function hear() {
    heard = Date.now();
    since = 0;
    tries = 0;
    wait = QUIET;
    showState();
  }

  function lose() {
    since ||= heard || Date.now();
    showState();
  }

  // The person's rights changed: reload the page.
  // Not while a form is being sent: signing out ends the stream too, and the form's response is the next page.
  let leaving = false;
  document.addEventListener("submit", (e) => { leaving ||= !e.target.hasAttribute("hx-post"); });
  addEventListener("pageshow", () => { leaving = false; });

  function listen() {
    const here = stream;
    const on = (name, f) => here.addEventListener(name, (e) => { if (here === stream) f(e); });
    on("beat", hear);
    on("htmx:sse:after:message", hear);
    on("htmx:sse:after:connection", (e) => { connection = e.detail.connection; tried = Date.now(); });
    on("htmx:sse:before:connection", (e) => { if (e.detail.connection.attempt > 1) lose(); });
    for (const name of ["htmx:sse:error", "htmx:sse:close", "htmx:error"]) on(name, lose);
    on("gone", () => leaving || location.reload());
  }

  // renew replaces the stream's element, which resumes after the last number that the page has.
  function renew() {
    const old = stream, next = old.cloneNode(false);
    const url = new URL(old.getAttribute("hx-sse:connect"), location.href);
    if (connection?.lastEventId) url.searchParams.set("after", connection.lastEventId);
    next.setAttribute("hx-sse:connect", url.pathname + url.search);
    stream = next;
    // A browser has few connections to one server: a dead one must not keep its place.
    htmx.trigger(old, "htmx:abort");
    connection?.abortController?.abort();
    old.replaceWith(next);
    connection = null;
    listen();
    htmx.process(next);
  }

  function watch() {
    if (document.hidden) { tried = Date.now(); return; }
    showState();
    if (Date.now() - Math.max(heard, tried) < wait * 1000) return;
    tried = Date.now();
    if (++tries > HELD) wait = Math.min(2 * wait, SLOW);
    renew();
  }

  listen();
  showState();
  setInterval(watch, 500);
  document.addEventListener("visibilitychange", showState);

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
