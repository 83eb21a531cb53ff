// Finds the ink of one digit in the middle of what the camera sees.

const SIDE = 112; // pixels of the square that is looked at
const WINDOW = 25; // strokes are narrower than this, shadows wider
const DIMMEST = 0.3; // brightness of the darkest paper, as a share of the brightest
const FAINTEST = 0.2; // what takes less of the paper's light is no ink
const LEAST = 30; // pixels of ink that make a digit
const SHARE = 0.15; // a part of the digit has at least this share of the largest part's ink

/** Turns the camera on. Returns `look()`, the ink in view or null, and `stop()`. */
export async function openCamera(video) {
  const stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment'}});
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  return {
    look() {
      const side = Math.min(video.videoWidth, video.videoHeight);
      const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
      context.imageSmoothingQuality = 'high';
      context.drawImage(video, left, top, side, side, 0, 0, SIDE, SIDE);
      return findInk(context.getImageData(0, 0, SIDE, SIDE).data);
    },
    stop() {
      stream.getTracks().forEach((track) => track.stop());
      video.srcObject = null;
    },
  };
}

/** Divides by the paper behind the writing, and keeps the largest ink that the edge does not cut. */
export function findInk(rgba) {
  const dark = Float32Array.from({length: SIDE * SIDE}, (_, i) => Math.min(rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]));
  const paper = filtered(filtered(dark, Math.max), Math.min);
  const least = DIMMEST * paper.reduce((most, value) => Math.max(most, value), 1);
  const ink = dark.map((value, i) => Math.max(0, paper[i] - value) / Math.max(paper[i], least));
  const parts = inkParts(ink).filter((part) => part.pixels.length >= LEAST && !part.cut);
  if (!parts.length) return null;
  const most = Math.max(...parts.map((part) => part.mass));
  const kept = new Uint8Array(SIDE * SIDE);
  for (const part of parts) {
    if (part.mass >= SHARE * most) part.pixels.forEach((pixel) => around(pixel).forEach((near) => { kept[near] = 1; }));
  }
  const strengths = Array.from(ink).filter((value, i) => kept[i] && value > FAINTEST).sort((a, b) => a - b);
  const full = strengths[Math.floor(0.8 * strengths.length)]; // a pen's full strength; its edges are fainter
  const values = ink.map((value, i) => (kept[i] && value > FAINTEST / 2 ? Math.min(value / full, 1) : 0));
  return {values, width: SIDE, height: SIDE};
}

/** The largest, or the least, of the window about each pixel: along rows, then along columns. */
function filtered(values, choose) {
  const half = (WINDOW - 1) / 2;
  const along = (from, step, stride) => {
    const result = new Float32Array(SIDE * SIDE);
    for (let line = 0; line < SIDE; line++) {
      for (let place = 0; place < SIDE; place++) {
        let best = from[line * stride + place * step];
        for (let near = Math.max(0, place - half); near <= Math.min(SIDE - 1, place + half); near++) {
          best = choose(best, from[line * stride + near * step]);
        }
        result[line * stride + place * step] = best;
      }
    }
    return result;
  };
  return along(along(values, 1, SIDE), SIDE, 1);
}

function inkParts(ink) {
  const seen = new Uint8Array(SIDE * SIDE);
  const parts = [];
  for (let start = 0; start < ink.length; start++) {
    if (seen[start] || ink[start] <= FAINTEST) continue;
    const part = {pixels: [], mass: 0, cut: false};
    const waiting = [start];
    seen[start] = 1;
    while (waiting.length) {
      const pixel = waiting.pop();
      const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
      part.pixels.push(pixel);
      part.mass += ink[pixel];
      part.cut ||= x === 0 || y === 0 || x === SIDE - 1 || y === SIDE - 1;
      for (const near of around(pixel)) {
        if (!seen[near] && ink[near] > FAINTEST) {
          seen[near] = 1;
          waiting.push(near);
        }
      }
    }
    parts.push(part);
  }
  return parts;
}

function around(pixel) {
  const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
  const pixels = [];
  for (let row = Math.max(0, y - 1); row <= Math.min(SIDE - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(SIDE - 1, x + 1); column++) pixels.push(row * SIDE + column);
  }
  return pixels;
}
