// Forms that need a passkey are shown if the browser supports passkeys; each is sent with the authenticator's response.
"use strict";
(() => {
  const keys = window.PublicKeyCredential;
  if (!keys?.parseRequestOptionsFromJSON || !keys.prototype.toJSON) return;

  async function requestPasskey(box) {
    const options = JSON.parse(box.dataset.options);
    const found = box.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: keys.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: keys.parseRequestOptionsFromJSON(options) });
    return JSON.stringify(found.toJSON());
  }

  // words explains an error of the authenticator; browsers don't report whether it was cancelled or had no passkey.
  function words(error) {
    if (error.name === "InvalidStateError") return "This device already has a passkey for your account.";
    if (error.name === "SecurityError") return "Passkeys work only at the server's public URL. Open this page there.";
    return "No passkey was used: the request was cancelled or timed out, or this device has no passkey for this server.";
  }

  for (const box of document.querySelectorAll("[data-passkey]")) {
    const form = box.querySelector("form");
    const note = box.querySelector("[data-passkey-fault]");
    box.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      note.textContent = "";
      try {
        form.elements.answer.value = await requestPasskey(box);
        form.submit();
      } catch (error) {
        note.textContent = words(error);
        form.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
      }
    });
  }
})();
