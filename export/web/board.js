// A board to draw on: with a finger, a mouse, a pen, or the keyboard.

const STROKE = 22; // pixels, of 280
const STEP = 7; // pixels that an arrow key moves the pen

const ARROWS = {ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0]};

/** Lets a canvas be drawn on; `changed()` is called after every stroke, and `moved(pen)` when a key moves the pen. */
export function openBoard(canvas, changed, moved) {
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const pen = {x: canvas.width / 2, y: canvas.height / 2, down: false};
  Object.assign(context, {lineWidth: STROKE, lineCap: 'round', lineJoin: 'round'});

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  const line = (x, y) => {
    context.beginPath();
    context.moveTo(pen.x, pen.y);
    context.lineTo(x, y);
    context.stroke();
    [pen.x, pen.y] = [x, y];
  };
  const clear = () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    pen.down = false;
    changed();
  };

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    [pen.x, pen.y] = place(event);
    line(pen.x, pen.y);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) line(...place(event));
  });
  canvas.addEventListener('lostpointercapture', changed);
  canvas.addEventListener('keydown', (event) => {
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (ARROWS[event.key]) {
      const x = Math.min(Math.max(pen.x + right, 0), canvas.width);
      const y = Math.min(Math.max(pen.y + down, 0), canvas.height);
      if (pen.down) line(x, y);
      else [pen.x, pen.y] = [x, y];
    } else if (event.key === ' ') {
      pen.down = !pen.down;
      if (pen.down) line(pen.x, pen.y);
      else changed();
    } else if (event.key === 'Escape') clear();
    else return;
    event.preventDefault();
    moved(pen);
  });

  return {
    clear,
    ink() {
      const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
      const values = Float32Array.from({length: canvas.width * canvas.height}, (_, index) => data[4 * index + 3] / 255);
      return values.some((value) => value) ? {values, width: canvas.width, height: canvas.height} : null;
    },
  };
}
