/* Passkeys: fetches the question, has the browser answer it, and sends the answer as an ordinary form. Without this
   file, and where the browser has no passkeys for this address, what stands in [data-passkeys] stays hidden. */

function toBytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function toText(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/* The options as the browser wants them: what JSON writes as text are bytes. */
function readOptions(options) {
  const list = (passkeys) => (passkeys || []).map((passkey) => ({ ...passkey, id: toBytes(passkey.id) }));
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = list(options.allowCredentials);
  return read;
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
}

async function run(form) {
  const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const said = await answer.json();
  if (said.problem) return complain(form, said.problem); // complain: live.js
  const publicKey = readOptions(said);
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey }); // create or get
  form.elements.credential.value = writeAnswer(credential);
  if (form.elements.password) form.elements.password.value = ""; // it was asked for with the question
  form.submit();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await run(form);
  } catch (error) { // cancelled, no passkey here, no connection: browsers do not tell which, on purpose
    complain(form, error.name === "InvalidStateError" ? form.dataset.known : form.dataset.trouble);
  }
  button.disabled = false;
});

if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = part.dataset.passkeys !== location.hostname;
  for (const part of document.querySelectorAll("[data-no-passkeys]")) part.hidden = part.dataset.noPasskeys === location.hostname;
}
