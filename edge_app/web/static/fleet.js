"use strict";

// Without word for so long, the page says so.
const SILENCE_MS = 5000;
const ROWS = 24;
const STATES = {
  alive: "alive",
  offline: "offline",
  silent: "silent",
  trouble: "reads nothing",
  unlike: "unlike its calibration",
};
const COLUMNS = [
  { order: "name", title: "Device" },
  { order: "state", title: "State", text: (row) => STATES[row.state] },
  { order: "bundle", title: "Bundle", extra: true, text: bundleText },
  { order: "rate", title: "Frames/s", text: (row) => row.frames_per_second.toFixed(0) },
  { order: "warned", title: "Warned", text: (row) => percent(row.warned) },
  { order: "drift", title: "Drift", extra: true, text: (row) => (row.evidence === null ? "–" : signed(row.evidence)) },
];
const LINES = [
  { name: "frames a second", index: 0, least: 15 },
  { name: "share of digits warned of", index: 1, least: 0.2 },
  { name: "evidence of drift, as a power of ten; 3 raises the alarm", index: 2, least: 3 },
];

const query = { text: "", order: "state", first: 0 };
let events = null;
let heardAt = performance.now();
let ended = false;
let fleet = null;
let chosen = null;

function percent(share) {
  return share === null ? "–" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function signed(number) {
  return number.toFixed(1).replace("-0.0", "0.0").replace("-", "−");
}

function bundleText(row) {
  if (!row.bundle) return "–";
  return (row.number === null ? "its own" : `no. ${row.number}`) + (row.on_trial ? ", on trial" : "");
}

function listen() {
  if (events) events.close();
  events = new EventSource(`/events?${new URLSearchParams(query)}`);
  events.onmessage = (event) => {
    if (ended || performance.now() - heardAt > SILENCE_MS) learnSession();
    ended = false;
    heardAt = performance.now();
    fleet = JSON.parse(event.data);
    query.first = fleet.first;
    show();
  };
  events.addEventListener("end", () => {
    ended = true;
    showBanner();
  });
  events.onerror = () => askAgain(events, listen);
}

function showBanner() {
  let text = fleet && fleet.trouble;
  if (performance.now() - heardAt > SILENCE_MS) text = "The connection is lost; trying again";
  if (ended) text = "The fleet's page has stopped";
  const banner = byId("banner");
  if (banner.textContent !== (text || "")) banner.textContent = text || "";
  banner.hidden = !text;
}

function show() {
  showBanner();
  if (!fleet) return;
  byId("source").textContent = fleet.devices === 1 ? "1 device" : `${fleet.devices} devices`;
  const states = Object.entries(fleet.states).filter(([, count]) => count);
  byId("states").textContent = states.map(([state, count]) => `${count} ${STATES[state]}`).join(" · ");
  showBundles();
  showHead();
  showList(byId("rows"), "tr", describeRow);
  showList(byId("plots"), "li", describePlot);
  const last = fleet.first + fleet.rows.length;
  byId("shown").textContent = fleet.found ? `${fleet.first + 1} to ${last} of ${fleet.found}` : "none found";
  byId("before").disabled = fleet.first === 0;
  byId("next").disabled = last >= fleet.found;
  showDevice();
}

function showBundles() {
  const entries = fleet.bundles.map((share) => {
    const entry = document.createElement("li");
    const parts = [`${share.bundle.slice(0, 12)}: ${share.devices} of ${fleet.devices} devices`];
    if (share.on_trial) parts.push(`${share.on_trial} on trial`);
    if (share.back) parts.push(`${share.back} went back from it`);
    entry.textContent = parts.join(", ");
    entry.classList.toggle("unsure", share.back > 0);
    return entry;
  });
  byId("bundles").replaceChildren(...entries);
}

function showHead() {
  const head = byId("orders");
  if (!head.children.length) {
    for (const column of COLUMNS) {
      const cell = document.createElement("th");
      cell.scope = "col";
      if (column.extra) cell.className = "extra";
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = column.title;
      button.addEventListener("click", () => ask({ order: column.order, first: 0 }));
      cell.append(button);
      head.append(cell);
    }
  }
  COLUMNS.forEach((column, index) => {
    const sorted = column.order === query.order;
    if (sorted) head.children[index].setAttribute("aria-sort", "other");
    else head.children[index].removeAttribute("aria-sort");
  });
}

// Entries are kept while their device is shown: what a reader's keyboard stands on must not vanish under it.
function showList(list, tag, describe) {
  const known = new Map([...list.children].map((entry) => [entry.dataset.name, entry]));
  fleet.rows.forEach((row, index) => {
    let entry = known.get(row.name);
    const fresh = !entry;
    if (fresh) {
      entry = document.createElement(tag);
      entry.dataset.name = row.name;
    }
    describe(entry, row, fresh);
    known.delete(row.name);
    if (list.children[index] !== entry) list.insertBefore(entry, list.children[index] || null);
  });
  known.forEach((entry) => entry.remove());
}

function describeRow(entry, row, fresh) {
  if (fresh) {
    const name = document.createElement("th");
    name.scope = "row";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = row.name;
    button.addEventListener("click", () => openDevice(row.name));
    name.append(button);
    entry.append(name);
    for (const column of COLUMNS.slice(1)) {
      const cell = document.createElement("td");
      if (column.extra) cell.className = "extra";
      entry.append(cell);
    }
  }
  COLUMNS.slice(1).forEach((column, index) => {
    entry.children[index + 1].textContent = column.text(row);
  });
  entry.classList.toggle("unsure", row.state !== "alive");
}

function describePlot(entry, row, fresh) {
  if (fresh) {
    const name = document.createElement("b");
    name.textContent = row.name;
    entry.append(name, document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  }
  const svg = entry.children[1];
  svg.setAttribute("viewBox", "0 0 180 96");
  svg.setAttribute("role", "img");
  svg.replaceChildren(...LINES.map((line, index) => drawLine(row.plot, line, index)));
  const said = [`${row.frames_per_second.toFixed(0)} frames/s`, `${percent(row.warned)} warned`];
  if (row.evidence !== null) said.push(`drift ${signed(row.evidence)}`);
  svg.setAttribute("aria-label", said.join(", "));
}

// One panel of 180 x 28 below the other; the scale is the fleet's, so that devices can be held against each other.
function drawLine(plot, line, index) {
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
  group.setAttribute("transform", `translate(0 ${32 * index + 1})`);
  group.setAttribute("class", `line-${index}`);
  const most = Math.max(line.least, ...fleet.rows.flatMap((row) => row.plot.map((point) => point[line.index] ?? 0)));
  const base = document.createElementNS("http://www.w3.org/2000/svg", "path");
  base.setAttribute("d", "M0 28H180");
  base.setAttribute("class", "base");
  let path = "";
  let down = false;
  plot.forEach((point, number) => {
    const value = point[line.index];
    if (value === null) {
      down = false;
      return;
    }
    const x = 180 - 2 * (plot.length - 1 - number);
    const y = 28 - 26 * Math.max(0, Math.min(1, value / most));
    path += `${down ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${down ? "" : "h0.5"}`;
    down = true;
  });
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "path");
  drawn.setAttribute("d", path || "M0 28");
  group.append(base, drawn);
  return group;
}

function openDevice(name) {
  chosen = name;
  byId("answer").textContent = "";
  byId("device-pictures").dataset.shown = "";
  showDevice();
  byId("device").showModal();
}

function showDevice() {
  const row = fleet.rows.find((one) => one.name === chosen);
  if (!row) return;
  byId("device-name").textContent = row.name;
  const heard = row.heard_s === null ? "not heard since this page began" : `heard ${row.heard_s.toFixed(0)} s ago`;
  byId("device-says").textContent = [STATES[row.state], heard, row.says].filter(Boolean).join("; ");
  byId("device-bundle").textContent = row.bundle ? `Bundle ${row.bundle}, ${bundleText(row)}` : "";
  byId("device-commands").hidden = csrfToken === null;
  showPictures(row);
}

function showPictures(row) {
  const place = byId("device-pictures");
  const wanted = `${row.name} ${row.pictures.join(" ")} ${Math.floor(performance.now() / 10000)}`;
  if (place.dataset.shown === wanted) return;
  place.dataset.shown = wanted;
  const pictures = row.pictures.map((kind) => {
    const picture = document.createElement("img");
    picture.src = `/api/devices/${encodeURIComponent(row.name)}/${kind}.jpg?${Date.now()}`;
    picture.alt = kind === "doubtful" ? "The last doubtful digits" : "The last still";
    return picture;
  });
  if (!row.pictures.includes("doubtful")) {
    const note = document.createElement("p");
    note.className = "small";
    note.textContent = "No doubtful digits are published; --mqtt-doubtful on the device does it.";
    pictures.unshift(note);
  }
  place.replaceChildren(...pictures);
}

function ask(changed) {
  Object.assign(query, changed);
  listen();
}

for (const column of LINES) {
  const item = document.createElement("span");
  item.className = `line-${column.index}`;
  item.textContent = column.name;
  byId("legend").append(item, " ");
}
byId("text").addEventListener("input", (event) => ask({ text: event.target.value.trim(), first: 0 }));
byId("before").addEventListener("click", () => ask({ first: Math.max(0, query.first - ROWS) }));
byId("next").addEventListener("click", () => ask({ first: query.first + ROWS }));
for (const button of byId("device-commands").children) {
  button.addEventListener("click", () => {
    send(`/api/devices/${encodeURIComponent(chosen)}`, { command: button.value }, "Asked for; it does so when it hears it");
  });
}
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "n" && !byId("next").disabled) byId("next").click();
  if (event.key === "p" && !byId("before").disabled) byId("before").click();
});

setInterval(showBanner, 500);
addEventListener("load", () => {
  learnSession();
  listen();
});
