// Keyboard shortcuts: single letters do nothing inside a field; answers need focus on the approval or question.
"use strict";
(() => {
  const off = document.querySelector("[data-keys-off]");
  try { off.checked = localStorage.getItem("keys") === "off"; } catch { /* no storage: shortcuts stay on */ }
  off?.addEventListener("change", () => { try { localStorage.setItem("keys", off.checked ? "off" : "on"); } catch { /* applies to this page only */ } });

  const show = (id) => document.getElementById(id)?.togglePopover();
  const press = (selector) => {
    const e = document.querySelector(selector);
    if (!e || e.disabled) return false;
    e.focus();
    e.click();
    return true;
  };

  let went = 0;
  const goes = (key) => press(`[data-go="${CSS.escape(key)}"]`);

  function move(step) {
    const links = [...document.querySelectorAll("[data-row] .rowlink,.need-row .rowlink")];
    const at = links.indexOf(document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  }

  // foldTools clicks, so that these details stay open like those that a person opened.
  function foldTools() {
    const tools = [...document.querySelectorAll("details.tool")];
    const open = tools.some((t) => !t.open);
    for (const t of tools) if (t.open !== open) t.querySelector("summary").click();
  }

  const letters = {
    "/": () => { const search = document.querySelector("[data-search]"); if (search) search.focus(); else show("sheet"); },
    "?": () => show("keys"),
    "j": () => move(1),
    "k": () => move(-1),
    "e": foldTools,
    "A": () => document.querySelector("[data-ask]")?.focus(),
    "g": () => { went = Date.now(); },
  };

  function letter(key) {
    if (Date.now() - went < 1500 && goes(key)) return true;
    const ask = document.activeElement?.closest("[data-ask]");
    if (ask) return answer(ask, key);
    if (key === "n" && document.querySelector("[data-ask]")) return false;
    const mark = document.activeElement?.closest("[data-row]")?.querySelector(`[data-mark="${CSS.escape(key)}"]`);
    if (mark) { mark.click(); return true; }
    if (/^[1-6]$/.test(key)) return press(`[data-tabs] .tab:nth-child(${key} of :not(.only-n))`);
    if (letters[key]) { letters[key](); return true; }
    return press(`[data-key="${CSS.escape(key)}"]`);
  }

  function answer(ask, key) {
    const button = ask.querySelector(`[data-answer="${CSS.escape(key)}"]`);
    button?.click();
    return Boolean(button);
  }

  const inField = (e) => e.target.closest("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]");

  document.addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    if ((e.ctrlKey || e.metaKey) && e.key === "k") { e.preventDefault(); show("sheet"); return; }
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") {
      const form = e.target.closest("form");
      (form?.querySelector(".btn.primary") ?? form?.querySelector("button:not([type=button])"))?.click();
      return;
    }
    if (e.key === "Escape" && document.querySelector("[data-close]")) { document.querySelector("[data-close]").click(); return; }
    if (e.key === "Escape" && inField(e) && !e.target.closest("[popover]")) { e.target.blur(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || inField(e) || off?.checked || e.target.closest("dialog")) return;
    if (letter(e.key)) e.preventDefault();
  });
})();
