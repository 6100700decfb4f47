// Forms that need a passkey are shown where the browser knows them; each is sent with what the authenticator answers.
"use strict";
(() => {
  const keys = window.PublicKeyCredential;
  if (!keys?.parseRequestOptionsFromJSON || !keys.prototype.toJSON) return;

  async function ask(box) {
    const options = JSON.parse(box.dataset.options);
    const found = box.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: keys.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: keys.parseRequestOptionsFromJSON(options) });
    return JSON.stringify(found.toJSON());
  }

  // words say what an authenticator's refusal means; browsers do not tell who cancelled and what was not there.
  function words(error) {
    if (error.name === "InvalidStateError") return "This device has a passkey of yours for this server already.";
    if (error.name === "SecurityError") return "This page is open under another address than the server's own.";
    return "No passkey answered: it was cancelled, took too long, or there is none here for this server.";
  }

  for (const box of document.querySelectorAll("[data-passkey]")) {
    const form = box.querySelector("form");
    const note = box.querySelector("[data-passkey-fault]");
    box.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      note.textContent = "";
      try {
        form.elements.answer.value = await ask(box);
        form.submit();
      } catch (error) {
        note.textContent = words(error);
        form.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
      }
    });
  }
})();
