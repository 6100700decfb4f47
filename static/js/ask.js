// Approvals: a command that does not fit in its box can be allowed only once its end was on the screen. Menus of the top bar close.
"use strict";
(() => {
  // Without this class a box has no limit of height, and its buttons need no script.
  document.documentElement.classList.add("js");
  const read = new Set();

  // isSeen looks what is on top at the end of the box: neither the box nor the dock may hide it.
  function isSeen(box) {
    const end = box.querySelector("[data-end]").getBoundingClientRect();
    const top = document.elementFromPoint(end.left + end.width / 2, end.top + end.height / 2);
    return box.contains(top);
  }

  function judge(ask) {
    const box = ask.querySelector("[data-whole]");
    if (!box) return;
    if (isSeen(box)) read.add(ask.id);
    const unread = !read.has(ask.id);
    for (const button of ask.querySelectorAll("[data-allows]")) if (button.disabled !== unread && !button.closest("[aria-busy]")) button.disabled = unread;
    const hint = ask.querySelector("[data-unread]");
    if (hint.hidden === unread) hint.hidden = !unread;
  }

  const dock = document.getElementById("session-dock");
  const judgeAll = () => document.querySelectorAll("#session-dock [data-ask]").forEach(judge);
  if (dock) {
    judgeAll();
    document.addEventListener("scroll", judgeAll, { passive: true, capture: true });
    addEventListener("resize", judgeAll);
    document.addEventListener("toggle", judgeAll, true);
    document.fonts?.ready.then(judgeAll);
    // A stream redraws the dock with buttons that know nothing of what was read.
    new MutationObserver(judgeAll).observe(dock.parentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled"] });
  }

  document.addEventListener("click", (e) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!e.target.closest("summary") || !menu.contains(e.target)) menu.open = false;
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  });
})();
