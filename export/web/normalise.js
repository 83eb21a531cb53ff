// Brings the ink of one digit into the frame of an MNIST image, as edge_app/finder/normalise.py does: fitted into a
// 20 x 20 box, its aspect ratio kept, its centre of mass at the centre of a 28 x 28 field.

export const SIDE = 28;
const BOX = 20;
const CENTRE = 14;
const FAINTEST = 0.05; // ink fainter than this does not count as part of the digit's outline

/** A picture of ink: `values` is a Float32Array of height * width numbers, 0 for bare paper and 1 where it is covered. */
/** Returns the digit's ink in the field, Float32Array of 28 * 28 numbers; bare paper gives none. */
export function normalise({values, width, height}) {
  const field = new Float32Array(SIDE * SIDE);
  const box = outline(values, width, height);
  if (!box) return field;
  const digit = fit(cut(values, width, box));
  const [top, left] = centred(digit);
  for (let y = 0; y < digit.height; y++) {
    for (let x = 0; x < digit.width; x++) field[(top + y) * SIDE + left + x] = digit.values[y * digit.width + x];
  }
  return field;
}

function outline(values, width, height) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (values[y * width + x] <= FAINTEST) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? null : {left, top, width: right - left + 1, height: bottom - top + 1};
}

function cut(values, width, box) {
  const part = new Float32Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const start = (box.top + y) * width + box.left;
    part.set(values.subarray(start, start + box.width), y * box.width);
  }
  return {values: part, width: box.width, height: box.height};
}

/** Scales to 20 pixels on the longer side: by areas where it shrinks, else linearly between pixel centres. */
function fit(ink) {
  const scale = BOX / Math.max(ink.width, ink.height);
  const taps = scale < 1 ? areas : neighbours;
  const width = Math.max(1, roundHalfEven(ink.width * scale));
  const height = Math.max(1, roundHalfEven(ink.height * scale));
  const columns = taps(ink.width, width);
  const rows = taps(ink.height, height);
  const values = new Float32Array(width * height);
  rows.forEach((row, y) => columns.forEach((column, x) => {
    let sum = 0;
    for (const [sourceY, share] of row) {
      for (const [sourceX, part] of column) sum += share * part * ink.values[sourceY * ink.width + sourceX];
    }
    values[y * width + x] = Math.min(sum, 1);
  }));
  return {values, width, height};
}

/** For each of `size` new pixels the old ones that it covers: [index, share] pairs. */
function areas(length, size) {
  const step = length / size;
  return Array.from({length: size}, (_, index) => {
    const [start, stop] = [index * step, Math.min((index + 1) * step, length)];
    const pairs = [];
    for (let source = Math.floor(start); source < Math.ceil(stop - 1e-9); source++) {
      const covered = Math.min(stop, source + 1) - Math.max(start, source);
      if (covered > 1e-3) pairs.push([source, covered]);
    }
    const whole = pairs.reduce((sum, [, covered]) => sum + covered, 0);
    return pairs.map(([source, covered]) => [source, covered / whole]);
  });
}

/** For each of `size` new pixels the two old ones between whose centres it lies. */
function neighbours(length, size) {
  return Array.from({length: size}, (_, index) => {
    const place = Math.min(Math.max((index + 0.5) * length / size - 0.5, 0), length - 1);
    const first = Math.floor(place);
    return [[first, 1 - (place - first)], [Math.min(first + 1, length - 1), place - first]];
  });
}

/** Row and column that bring the centre of mass to the middle, as far as the field has room. */
function centred(digit) {
  let [mass, down, right] = [0, 0, 0];
  digit.values.forEach((value, index) => {
    mass += value;
    down += value * Math.floor(index / digit.width);
    right += value * (index % digit.width);
  });
  const within = (place, size) => Math.min(Math.max(roundHalfEven(place), 0), SIDE - size);
  return [within(CENTRE - down / mass, digit.height), within(CENTRE - right / mass, digit.width)];
}

function roundHalfEven(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
