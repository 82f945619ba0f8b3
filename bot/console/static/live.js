/* Keeps a page fresh without reloading it: an event says that something changed, the page fetches itself and takes
   over what differs in its [data-live] parts. Everything works without this file too, by ordinary forms. */
"use strict";
const body = document.body;
const served = new WeakMap(); // an element -> its HTML as the server sent it, before anybody opened or played it

function localTimes(root) {
  const locale = `${document.documentElement.lang}-u-nu-latn`, clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  for (const time of root.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime), today = at.toDateString() === new Date().toDateString();
    time.textContent = new Intl.DateTimeFormat(locale, today ? clock : { day: "numeric", month: "short", ...clock }).format(at);
    time.title = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }).format(at);
  }
}

function remember(root) {
  for (const part of root.querySelectorAll("[data-live]")) for (const child of part.children) served.set(child, child.outerHTML);
}

/* Take over new and changed children by id. Unchanged ones stay untouched: a voice message goes on playing. */
function merge(part, fresh) {
  const old = new Map([...part.children].map((child) => [child.id, child]));
  const wanted = [...fresh.children].map((child) => {
    const known = old.get(child.id);
    if (known && served.get(known) === served.get(child)) return known;
    for (const open of known ? known.querySelectorAll("details[open][id]") : []) {
      const same = [...child.querySelectorAll("details[id]")].find((other) => other.id === open.id);
      if (same) same.open = true;
    }
    return child;
  });
  for (const child of [...part.children]) if (!wanted.includes(child)) child.remove();
  let place = part.firstElementChild;
  for (const child of wanted) {
    if (child === place) place = place.nextElementSibling;
    else part.insertBefore(child, place);
  }
}

function update(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  if (page.body.dataset.page !== body.dataset.page) return null; // logged out, or an error page
  remember(page);
  localTimes(page);
  const parts = page.querySelectorAll("[data-live]");
  document.querySelectorAll("[data-live]").forEach((part, position) => parts[position] && merge(part, parts[position]));
  body.dataset.mark = page.body.dataset.mark;
  document.title = page.title;
  return page;
}

function offline(is) {
  for (const note of document.querySelectorAll("[data-offline]")) note.hidden = !is;
}

let again = false, busy = false;
async function refresh() {
  again = true;
  if (busy) return;
  busy = true;
  try {
    while (again) {
      again = false;
      const answer = await fetch(location.pathname + location.search);
      if (!update(await answer.text())) offline(true);
    }
  } catch { offline(true); } finally { busy = false; }
}

function listen(url) {
  const events = new EventSource(url);
  events.onopen = () => offline(false);
  events.onerror = () => {
    offline(true);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 10000, url);
  };
  events.onmessage = (event) => { if (event.data !== body.dataset.mark) refresh(); };
}

/* Send a form without leaving the page: other half-typed texts stay. A refused one keeps its own text too. */
async function send(form, button) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const fields = new URLSearchParams(new FormData(form, button)), area = form.querySelector("textarea");
  if (area) area.readOnly = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields });
    const text = await answer.text(), page = update(text);
    if (page) refresh(); // a fetch that was under way meanwhile may bring an older page: look once more
    const fresh = page && form.id && page.getElementById(form.id);
    if (fresh) {
      form.replaceWith(fresh);
      fresh.querySelector("textarea")?.focus();
    } else if (form.isConnected && (!page || form.id)) {
      complain(form, new DOMParser().parseFromString(text, "text/html").querySelector("[data-problem]")?.textContent);
    }
  } catch { complain(form, form.dataset.trouble); }
  if (area) area.readOnly = false;
  delete form.dataset.busy;
}

function complain(form, text) {
  form.querySelector("[data-problem]")?.remove();
  const said = document.createElement("p");
  Object.assign(said, { className: "problem", role: "alert", textContent: text || form.dataset.trouble || "!" });
  said.dataset.problem = "";
  form.prepend(said);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-quiet]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form.reply");
  if (!form || event.key !== "Enter" || event.isComposing || event.shiftKey) return;
  if (!(event.ctrlKey || event.metaKey || form.matches("[data-enter]"))) return;
  event.preventDefault();
  form.requestSubmit();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(event.target.form.querySelector("[name=keep]"));
});
document.addEventListener("focusin", (event) => { if (event.target.matches("[data-select]")) event.target.select(); });

for (const button of document.querySelectorAll("[data-hide]")) button.hidden = true;
remember(document);
localTimes(document);
if (body.dataset.events) listen(body.dataset.events);

/* The studio's preview follows what is being typed. */
const edit = document.querySelector("form[data-preview]");
let typing = 0;
async function showPreview() {
  const mine = ++typing;
  try {
    const answer = await fetch(edit.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(edit)) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview");
    if (fresh && mine === typing) document.getElementById("preview")?.replaceWith(fresh);
  } catch { /* the page still works: saving shows the preview too */ }
}
if (edit) edit.addEventListener("input", () => { clearTimeout(edit.wait); edit.wait = setTimeout(showPreview, 300); });
