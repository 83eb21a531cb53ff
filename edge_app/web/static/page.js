"use strict";

// Without word for so long, the page says so.
const SILENCE_MS = 2500;

let heardAt = performance.now();
let ended = false;
let state = null;

function listen() {
  const events = new EventSource("/events");
  events.onmessage = (event) => {
    if (ended || performance.now() - heardAt > SILENCE_MS) lookAgain();
    ended = false;
    heardAt = performance.now();
    state = JSON.parse(event.data);
    show();
  };
  events.addEventListener("end", () => {
    ended = true;
    showBanner();
  });
  events.onerror = () => askAgain(events, listen);
}

// After a cut connection the picture does not begin again by itself.
function lookAgain() {
  byId("stream").src = `/stream.mjpg?${Date.now()}`;
  learnSession();
}

function showBanner() {
  const silent = performance.now() - heardAt > SILENCE_MS;
  let text = state && (state.trouble || state.unlike);
  if (state && state.controls.frozen) text = "The picture is frozen";
  if (silent) text = "The connection is lost; trying again";
  if (ended) text = "The app has stopped";
  const banner = byId("banner");
  if (banner.textContent !== (text || "")) banner.textContent = text || "";
  banner.hidden = !text;
}

function show() {
  if (!state) return;
  showBanner();
  byId("source").textContent = state.source;
  const machine = [];
  if (state.celsius !== null) machine.push(`${state.celsius} °C`);
  if (state.limits !== null && state.limits.length) machine.push(state.limits.join(", "));
  byId("numbers").textContent = [
    `frame ${state.frame ?? "none yet"}`,
    `${state.frames_per_second} frames/s`,
    `${state.latency_ms} ms`,
    `${state.counts.frames} frames, ${state.counts.digits} digits, ${state.counts.warnings} warnings`,
    ...machine,
  ].join(" · ");
  showList("digits", state.digits, describeDigit);
  showList("doubtful", state.doubtful, describeDoubtful);
  showControls();
}

// Entries are kept while their digit is: what a reader's keyboard stands on must not vanish under it.
function showList(id, digits, describe) {
  const list = byId(id);
  const known = new Map([...list.children].map((entry) => [entry.dataset.track, entry]));
  digits.forEach((digit, index) => {
    const track = String(digit.track);
    let entry = known.get(track);
    if (!entry) {
      entry = document.createElement("li");
      entry.dataset.track = track;
      describe(entry, digit, true);
    } else {
      describe(entry, digit, false);
    }
    known.delete(track);
    if (list.children[index] !== entry) list.insertBefore(entry, list.children[index] || null);
  });
  known.forEach((entry) => entry.remove());
}

function describeDigit(entry, digit, fresh) {
  if (fresh) {
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.setAttribute("role", "meter");
    bar.setAttribute("aria-valuemin", "0");
    bar.setAttribute("aria-valuemax", Math.log2(state.labels.length).toFixed(2));
    bar.append(document.createElement("i"), document.createElement("b"));
    entry.append(document.createElement("span"), bar, correctionButton(digit.track));
  }
  entry.classList.toggle("unsure", digit.unsure);
  const [low, high] = digit.interval.map((share) => Math.round(100 * share));
  entry.children[0].textContent = `${digit.says} (${low} to ${high} %)`;
  const bar = entry.children[1];
  const most = Math.log2(state.labels.length);
  bar.children[0].style.width = `${(100 * digit.entropy_bits) / most}%`;
  bar.children[1].style.left = `${(100 * Math.max(0, state.threshold_bits)) / most}%`;
  bar.title = `${digit.entropy_bits} bits; a warning above ${state.threshold_bits.toFixed(3)} bits`;
  bar.setAttribute("aria-label", `Entropy: ${bar.title}`);
  bar.setAttribute("aria-valuenow", String(digit.entropy_bits));
  entry.children[2].hidden = !mayCorrect();
}

function describeDoubtful(entry, digit, fresh) {
  if (fresh) {
    const picture = document.createElement("img");
    picture.src = `/api/digits/${digit.track}.png`;
    picture.alt = "";
    entry.append(picture, document.createElement("span"), correctionButton(digit.track));
  }
  entry.children[1].textContent = digit.says;
  entry.children[2].hidden = !mayCorrect();
}

function mayCorrect() {
  return csrfToken !== null && state.feedback;
}

function correctionButton(track) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "That is wrong";
  button.addEventListener("click", () => askForCorrection(track));
  return button;
}

function askForCorrection(track) {
  byId("correction-picture").src = `/api/digits/${track}.png?${Date.now()}`;
  const labels = byId("labels");
  labels.replaceChildren(
    ...state.labels.map((label) => {
      const button = document.createElement("button");
      button.value = label;
      button.textContent = label;
      button.addEventListener("click", () => send("/api/corrections", { track, label }, `Kept: it is ${label}`));
      return button;
    }),
  );
  byId("correction").showModal();
}

function showControls() {
  byId("controls").hidden = csrfToken === null;
  const controls = state.controls;
  for (const name of ["frozen", "panel", "saving"]) {
    byId(name).setAttribute("aria-pressed", String(Boolean(controls[name])));
  }
  byId("saving").hidden = controls.saving === null;
  byId("check").hidden = !mayCorrect();
  byId("checks").textContent = state.checks === null ? "" : state.checks.says;
  byId("samples").max = state.most_samples;
  for (const name of ["samples", "threads"]) {
    const field = byId(name);
    if (document.activeElement !== field) field.value = controls[name];
  }
}

// A digit is asked for that was drawn at random, without saying what it was read as: only such answers test the promise.
async function check() {
  const question = await send("/api/question", {});
  if (question === null) return;
  if (question.track === null) byId("answer").textContent = "No reading to check now";
  else askForCorrection(question.track);
}

function toggle(name) {
  if (state && csrfToken !== null && state.controls[name] !== null) {
    send("/api/controls", { [name]: !state.controls[name] });
  }
}

for (const name of ["frozen", "panel", "saving"]) byId(name).addEventListener("click", () => toggle(name));
for (const name of ["samples", "threads"]) {
  byId(name).addEventListener("change", (event) => {
    const value = Number.parseInt(event.target.value, 10);
    if (Number.isInteger(value)) send("/api/controls", { [name]: value });
  });
}
byId("check").addEventListener("click", check);
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const names = { f: "frozen", i: "panel", s: "saving" };
  if (names[event.key]) toggle(names[event.key]);
  if (event.key === "c" && mayCorrect() && !byId("correction").open) check();
});

setInterval(showBanner, 500);
// The stream never ends: begun earlier, the browser would show the page as loading for ever.
addEventListener("load", () => {
  lookAgain();
  listen();
});
