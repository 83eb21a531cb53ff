// Runs the bundle's graph on this device: ink in, a reading out.

import {Tensor, loadAndCompile, loadLiteRt} from './litert/core.js';
import {SIDE, normalise} from './normalise.js';

const REASONS = [null, 'ambiguous', 'unfamiliar'];

/** Loads LiteRT and the graph. Returns `read(ink)`, and what the bundle says of itself. */
export async function openReader() {
  const [about] = await Promise.all([fetch('bundle.json').then((answer) => answer.json()), loadLiteRt('litert/wasm/')]);
  const model = await loadAndCompile('model.tflite', {accelerator: 'wasm'});
  return {about, read: (ink) => read(model, about, normalise(ink)), readField: (field) => read(model, about, field)};
}

/** Reads a normalised field of ink. Tensors lie in LiteRT's memory, which nobody collects: they are freed here. */
async function read(model, about, field) {
  const image = new Tensor(field.map((ink) => (1 - ink) * about.paper + ink * about.ink), [1, SIDE, SIDE, 1]);
  const outputs = await model.run('read', {image});
  const found = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, Array.from(tensor.toTypedArray())]));
  for (const tensor of [image, ...Object.values(outputs)]) tensor.delete();
  return {
    label: about.labels[found.label[0]],
    first: found.label[0],
    mean: found.mean,
    low: found.low,
    high: found.high,
    totalBits: found.total_bits[0],
    aleatoricBits: found.aleatoric_bits[0],
    epistemicBits: found.epistemic_bits[0],
    labelSet: about.labels.filter((_, index) => found.label_set[index]),
    reason: REASONS[found.reason[0]],
  };
}
