// The command sheet: lists pages and the actions of the current page; typing filters, Up, Down and Enter choose.
"use strict";
(() => {
  const sheet = document.getElementById("sheet");
  const input = sheet?.querySelector("[data-sheet-input]");
  const mine = sheet?.querySelector("[data-sheet-page]");
  if (!input) return;
  let chosen = 0;

  const shown = () => [...sheet.querySelectorAll(".it:not([hidden])")];
  // words name what an element does, and whose it is: a page can show the same button for several sessions.
  const words = (e) => {
    const of = e.classList.contains("rowlink") ? "" : e.closest("[data-of]")?.dataset.of;
    return of ? `${own(e)}: ${of}` : own(e);
  };
  const own = (e) => e.getAttribute("aria-label") || [...e.childNodes].filter((n) => n.nodeName !== "KBD").map((n) => n.textContent).join(" ").trim();

  // action creates an entry that clicks an element of the page. The answer to a question is only focused: it takes another key, with
  // the question in sight.
  function action(e) {
    const it = document.createElement("button");
    it.type = "button";
    it.className = "it";
    const mark = document.createElement("span");
    mark.className = "i";
    mark.dataset.i = "dot";
    const text = document.createElement("span");
    text.className = "clip";
    text.textContent = words(e);
    it.append(mark, text);
    it.addEventListener("click", () => { sheet.hidePopover(); e.focus(); if (e.name !== "reply") e.click(); });
    return it;
  }

  function gather() {
    const seen = new Set();
    const found = [...document.querySelectorAll("main .btn:not([disabled],[data-drop],.burger,[hidden]),main .tab,main .rowlink")]
      // Skip hidden elements, such as the buttons of a confirmation dialog.
      .filter((e) => e.checkVisibility() && words(e) && !seen.has(words(e)) && seen.add(words(e)));
    const label = document.createElement("span");
    label.className = "label";
    label.textContent = "This page";
    mine.replaceChildren(...(found.length ? [label, ...found.map(action)] : []));
  }

  function choose(i) {
    const its = shown();
    chosen = its.length ? (i + its.length) % its.length : 0;
    its.forEach((it, n) => it.setAttribute("aria-current", String(n === chosen)));
    its[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function narrow() {
    const q = input.value.trim().toLowerCase();
    for (const it of sheet.querySelectorAll(".it")) it.hidden = q !== "" && !it.textContent.toLowerCase().includes(q);
    choose(0);
  }

  sheet.addEventListener("beforetoggle", (e) => {
    if (e.newState !== "open") return;
    input.value = "";
    gather();
    narrow();
  });
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) { e.preventDefault(); choose(chosen + step); }
    if (e.key === "Enter") { e.preventDefault(); shown()[chosen]?.click(); }
    if (e.key === "Escape") sheet.hidePopover();
  });
})();
