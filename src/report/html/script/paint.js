// What all panels are drawn with: a canvas as wide as the page, the colours of the style sheet.

const COLOURS = ['ground', 'card', 'text', 'dim', 'line', 'bad', 'bad-ground', 'ok', 'fail', 'info',
  'fault', 'band', 'leader', 'candidate', 'follower', 'down', 'focus', 'good', 'doubt', 'lease'];

const colours = () => {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
};

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

// A canvas whose lengths are those of the style sheet, whatever the screen's density.
const makeCanvas = (box) => {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  box.append(canvas);
  const context = canvas.getContext('2d');
  const start = (width, height) => {
    const density = Math.min(2, window.devicePixelRatio || 1);
    const [w, h] = [Math.round(width * density), Math.round(height * density)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setLineDash([]);
    context.lineWidth = 1;
    context.textBaseline = 'middle';
    return context;
  };
  return { canvas, start };
};

// Draws a panel while it is panned: one picture, three times as wide as what is seen, of which a part
// is shown. It is made anew when it ends, or anything but the place on the axis has changed.
const makeSlide = (draw) => {
  const wide = makeCanvas(document.createElement('div'));
  let made = null;
  const shows = ({ axis, selected, hovered, filter, c }) => made && made.selected === selected
    && made.hovered === hovered && made.filter === filter && made.c === c
    && made.width === axis.width && Math.abs(made.length - (axis.to - axis.from)) < 1e-3
    && axis.from >= made.axis.from && axis.to <= made.axis.to;
  return ({ start }, scene) => {
    const { axis, selected, hovered, filter, c } = scene;
    if (!shows(scene)) {
      const [width, length] = [axis.width, axis.to - axis.from];
      made = { axis: widened(axis), selected, hovered, filter, c, width, length };
      draw(wide, { ...scene, axis: made.axis });
    }
    const picture = wide.canvas;
    const density = picture.width / made.axis.width;
    const height = picture.height / density;
    const g = start(axis.width, height);
    const part = (from, to, width) => g.drawImage(
      picture, Math.round(from * density), 0, width * density, picture.height, to, 0, width, height,
    );
    part(0, 0, axis.gutter);
    part(made.axis.x(axis.from), axis.gutter, axis.plot());
  };
};

// A text as far as it has room.
const fitted = (g, text, room) => {
  if (room < 14) return '';
  if (text.length > 200) text = text.slice(0, 200);
  if (g.measureText(text).width <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (g.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low > 1 ? `${text.slice(0, low)}…` : '';
};

const hatch = (g, x, y, width, height, colour) => {
  g.save();
  g.beginPath();
  g.rect(x, y, width, height);
  g.clip();
  g.strokeStyle = colour;
  g.globalAlpha *= 0.45;
  g.lineWidth = 2;
  g.beginPath();
  for (let at = x - height - (x - height) % 7; at < x + width; at += 7) {
    g.moveTo(at, y + height);
    g.lineTo(at + height, y);
  }
  g.stroke();
  g.restore();
};

// What lies behind every panel: faults as bands, the marks of the axis, the violation, the cursor.
const drawGround = (g, run, axis, c, height) => {
  const { gutter } = axis;
  const right = gutter + axis.plot();
  for (const fault of run.faults) {
    if (!fault.applied) continue;
    const to = fault.to === null ? axis.end : fault.to;
    if (fault.from > axis.to || to < axis.from) continue;
    const x = Math.max(gutter, axis.x(fault.from));
    g.globalAlpha = 0.1;
    g.fillStyle = c.band;
    g.fillRect(x, 0, Math.max(1, Math.min(right, axis.x(to)) - x), height);
    g.globalAlpha = 1;
  }
  g.strokeStyle = c.line;
  g.setLineDash([2, 3]);
  g.beginPath();
  for (const { time } of axis.ticks()) {
    const x = Math.round(axis.x(time)) + 0.5;
    g.moveTo(x, 0);
    g.lineTo(x, height);
  }
  g.stroke();
  g.setLineDash([]);
};

const upright = (g, axis, time, height, colour, width) => {
  if (time === null || time < axis.from || time > axis.to) return;
  const x = axis.x(time);
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.beginPath();
  g.moveTo(x, 0);
  g.lineTo(x, height);
  g.stroke();
  g.lineWidth = 1;
};

const drawAbove = (g, run, axis, c, height) => {
  upright(g, axis, run.moment, height, c.bad, 1.5);
  upright(g, axis, axis.cursor, height, c.focus, 1);
};

const drawTicks = (g, axis, c, y) => {
  g.font = `11px ${FONT}`;
  g.fillStyle = c.dim;
  g.textAlign = 'center';
  for (const { time, name } of axis.ticks()) {
    const x = axis.x(time);
    if (x > axis.gutter + 12 && x < axis.width - 24) g.fillText(name, x, y);
  }
  g.textAlign = 'left';
};

const drawLabel = (g, axis, c, text, y, height) => {
  g.font = `12px ${FONT}`;
  g.fillStyle = c.dim;
  g.textAlign = 'right';
  g.fillText(fitted(g, text, axis.gutter - 10), axis.gutter - 8, y + height / 2);
  g.textAlign = 'left';
};

const drawRule = (g, axis, c, y) => {
  g.fillStyle = c.line;
  g.fillRect(0, y, axis.width, 1);
};
