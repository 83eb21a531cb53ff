// The page: a board or the camera on one side, the reading on the other.

import {openBoard} from './board.js';
import {openCamera} from './camera.js';
import {openReader} from './reader.js';

const WAIT = 250; // milliseconds between two looks of the camera
const WARNINGS = {
  ambiguous: 'Unsure: it may well be another digit.',
  unfamiliar: 'Unsure: the network has seen nothing like it.',
};
const part = (name) => document.getElementById(name);
const rounded = (value) => Math.round(100 * value);
const percent = (value) => `${rounded(value)} %`;
const interval = (low, high) => `${rounded(low)} to ${percent(high)}`;
const bits = (value) => `${value.toFixed(2)} bits`;

let reader = null;
let camera = null;
let asked = 0;

const board = openBoard(part('board'), readBoard, (pen) => say(`Pen ${pen.down ? 'down' : 'up'}`));
part('clear').addEventListener('click', () => {
  closeCamera();
  board.clear();
});
part('look').addEventListener('click', () => (camera ? closeCamera() : useCamera()));
start();

async function start() {
  try {
    reader = await openReader();
  } catch (error) {
    say(`The network cannot be loaded: ${error.message}`);
    return;
  }
  const {kind, samples, digest} = reader.about;
  part('bundle').textContent = `Bundle ${digest.slice(0, 12)}, ${samples} samples, ${kind}.`;
  say('Ready.');
  readBoard();
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('worker.js');
}

function readBoard() {
  if (!camera) show(board.ink());
}

async function useCamera() {
  try {
    camera = await openCamera(part('camera'));
  } catch (error) {
    say(`No camera: ${error.message}`);
    return;
  }
  setLooking(true);
  while (camera) {
    await show(camera.look());
    await new Promise((done) => { setTimeout(done, WAIT); });
  }
}

function closeCamera() {
  if (!camera) return;
  camera.stop();
  camera = null;
  setLooking(false);
  show(board.ink());
}

function setLooking(looking) {
  part('camera').hidden = !looking;
  part('board').hidden = looking;
  part('look').setAttribute('aria-pressed', String(looking));
  say(looking ? 'Hold one digit, dark on light paper, into the middle.' : 'Ready.');
}

async function show(ink) {
  if (!reader) return;
  const turn = ++asked;
  const reading = ink && await reader.read(ink);
  if (turn !== asked) return; // something newer was drawn meanwhile
  part('label').textContent = reading ? reading.label : '–';
  part('sentence').textContent = reading ? sentence(reading) : 'Nothing yet.';
  part('warning').hidden = !reading?.reason;
  part('warning').textContent = reading?.reason ? warning(reading) : '';
  part('total').textContent = reading ? bits(reading.totalBits) : '–';
  part('aleatoric').textContent = reading ? bits(reading.aleatoricBits) : '–';
  part('epistemic').textContent = reading ? bits(reading.epistemicBits) : '–';
  part('classes').replaceChildren(...reader.about.labels.map((label, index) => row(label, index, reading)));
  if (reading) performance.mark('answered');
}

function sentence({label, first, mean, low, high}) {
  return `${label}, probability ${percent(mean[first])}, 95 % interval ${interval(low[first], high[first])}.`;
}

function warning({reason, labelSet}) {
  const among = labelSet.length > 1 ? ` One of ${labelSet.join(', ')}.` : '';
  return `⚠ ${WARNINGS[reason]}${among}`;
}

function row(label, index, reading) {
  const cells = [['th', label], ['td', reading ? percent(reading.mean[index]) : '–']];
  cells.push(['td', reading ? interval(reading.low[index], reading.high[index]) : '–']);
  const line = document.createElement('tr');
  line.className = reading?.first === index ? 'first' : '';
  for (const [name, text] of cells) {
    const cell = document.createElement(name);
    if (name === 'th') cell.scope = 'row';
    cell.textContent = text;
    line.append(cell);
  }
  const picture = document.createElement('td');
  picture.setAttribute('aria-hidden', 'true');
  if (reading) picture.append(bar(reading.mean[index], reading.low[index], reading.high[index]));
  line.append(picture);
  return line;
}

function bar(mean, low, high) {
  const make = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  };
  const svg = make('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none'});
  svg.append(make('rect', {class: 'mean', x: 0, y: 2, width: 100 * mean, height: 6}));
  svg.append(make('line', {class: 'interval', x1: 100 * low, x2: 100 * high, y1: 5, y2: 5}));
  return svg;
}

function say(text) {
  part('status').textContent = text;
}
