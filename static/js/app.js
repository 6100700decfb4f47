// What JavaScript adds to every page: copy buttons, closing notices, clearing forms, updating times.
"use strict";
(() => {
  const spans = [[60, 1, "s"], [3600, 60, "min"], [172800, 3600, "h"], [Infinity, 86400, "d"]];

  // age writes seconds as the server does: now, 14 s, 6 min, 4 h, 2 d.
  function age(seconds) {
    if (seconds < 5) return "now";
    const [, unit, word] = spans.find(([below]) => seconds < below);
    return `${Math.floor(seconds / unit)} ${word}`;
  }

  // clock writes running time as the server does: 38:12, 1:12:40.
  function clock(seconds) {
    const two = (n) => String(Math.floor(n)).padStart(2, "0");
    const tail = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
    return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail}`;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    if (document.hidden) return;
    const now = Date.now();
    for (const e of document.querySelectorAll("time[data-ago]")) {
      const old = age((now - Date.parse(e.dateTime)) / 1000);
      write(e, e.dataset.ago && old !== "now" ? `${old} ago` : old);
    }
    for (const e of document.querySelectorAll("[data-ran]")) write(e, clock(Math.max(0, (now - Date.parse(e.dataset.ran)) / 1000)));
  }

  async function copy(button) {
    const from = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.textContent.trim());
      const label = button.textContent;
      button.style.minWidth = `${button.offsetWidth}px`;
      button.textContent = "Copied";
      button.disabled = true;
      setTimeout(() => {
        button.textContent = label;
        button.disabled = false;
      }, 2000);
    } catch {
      getSelection().selectAllChildren(from);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copy(button);
    const opener = event.target.closest("[data-dialog]");
    if (opener && !(event.ctrlKey || event.metaKey || event.shiftKey)) document.getElementById(opener.dataset.dialog)?.showPopover();
    if (button && "drop" in button.dataset) button.closest(".notice,.toast")?.remove();
  });

  document.addEventListener("submit", (event) => {
    document.getElementById("notes")?.replaceChildren();
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    if ("stay" in event.target.dataset) return;
    for (let e = event.target.closest("[popover]"); e; e = e.parentElement.closest("[popover]")) if (e.matches(":popover-open")) e.hidePopover();
  });

  // Enable the button of a form after its response; with data-clear, also empty the form after a success.
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest?.("form");
    form?.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
    if (form && "clear" in form.dataset && event.detail.ctx?.response?.raw?.ok) form.reset();
  });

  // A form whose response never came says so. An answer of the server, whatever its status, brings its own words.
  document.addEventListener("htmx:error", (event) => {
    if (!event.target.closest?.("form") || event.detail.ctx?.response) return;
    document.getElementById("notes")?.replaceChildren(document.getElementById("unsent").content.cloneNode(true));
  });

  // The browser can restore a page from its cache; its buttons must work again.
  addEventListener("pageshow", () => document.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy")));

  // On narrow screens, scroll to the current tab.
  for (const current of document.querySelectorAll(".tabs [aria-current],.lamps [aria-current]")) current.scrollIntoView({ block: "nearest", inline: "nearest" });

  for (const toast of document.querySelectorAll(".toast")) {
    setTimeout(() => toast.matches(":hover,:focus-within") || toast.remove(), 8000);
  }
  setInterval(tick, 1000);

  // The server shows times in this zone to people who set none in their account.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`tz=${zone}`)) document.cookie = `tz=${zone}; Path=/; Max-Age=31536000; SameSite=Lax`;
})();
