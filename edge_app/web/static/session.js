"use strict";

// What every page of ours needs: who is logged in, and how to send something.
const byId = (id) => document.getElementById(id);
let csrfToken = null;
const AGAIN_MS = 5000;

async function learnSession() {
  const session = await (await fetch("/api/session")).json();
  csrfToken = session.csrf_token;
  byId("login").hidden = !session.login || csrfToken !== null;
  byId("logout").hidden = csrfToken === null;
  show();
}

async function send(path, content, done) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken || "" },
    body: JSON.stringify(content),
  });
  const said = await answer.json();
  byId("answer").textContent = answer.ok ? done || "" : said.error;
  if (answer.status === 403) learnSession();
  return answer.ok ? said : null;
}

// A browser gives up when it is refused, as it is where too many listen already; a page asks again.
function askAgain(events, listen) {
  if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
}

byId("logout").addEventListener("click", async () => {
  await send("/api/logout", {});
  learnSession();
});
