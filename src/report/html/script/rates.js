// How long operations took and how many there were, over time.

const LATENCY = 150;
const RATE = 70;
const QUANTILES = [['median', 0.5, []], ['95 %', 0.95, [6, 3]], ['99 %', 0.99, [2, 2]]];

// Bins of a round width, at least some pixels wide; counted when they are first seen.
const binsOf = (scene) => {
  const { axis } = scene;
  const least = (axis.to - axis.from) / axis.plot() * 7;
  const width = roundStep(Math.max(1, least));
  if (!scene.bins.has(width)) scene.bins.set(width, new Map());
  const known = scene.bins.get(width);
  const bins = [];
  for (let at = Math.floor(axis.from / width); at * width <= axis.to; at++) {
    if (!known.has(at)) known.set(at, countBin(scene, at * width, (at + 1) * width));
    bins.push({ from: at * width, to: (at + 1) * width, ...known.get(at) });
  }
  return { width, bins };
};

const countBin = ({ run: { operations: ops }, rates }, from, to) => {
  const last = firstAt(rates, ops.call, to);
  const counts = [0, 0, 0];
  const took = [];
  for (let at = firstAt(rates, ops.call, from); at < last; at++) {
    const row = rates[at];
    counts[ops.outcome[row]] += 1;
    if (ops.outcome[row] === 0) took.push(ops.end[row] - ops.call[row]);
  }
  took.sort((a, b) => a - b);
  const quantile = (part) => took[Math.min(took.length - 1, Math.ceil(part * took.length) - 1)];
  return { counts, quantiles: took.length > 0 ? QUANTILES.map(([, part]) => quantile(part)) : null };
};

const filterRates = (scene) => {
  const { run: { operations: ops }, filter } = scene;
  scene.rates = [];
  scene.bins = new Map();
  scene.slowest = 1000;
  scene.fastest = 1000;
  for (let row = 0; row < ops.rows; row++) {
    if (!filter.op(row)) continue;
    scene.rates.push(row);
    const took = Math.max(1, ops.end[row] - ops.call[row]);
    scene.slowest = Math.max(scene.slowest, took);
    scene.fastest = Math.min(scene.fastest, took);
  }
};

const latencyY = (took, scene) => {
  const [low, high] = [Math.log(scene.fastest), Math.log(scene.slowest) + 0.2];
  return LATENCY - 8 - (Math.log(Math.max(scene.fastest, took)) - low) / (high - low) * (LATENCY - 20);
};

// A mark of its own for each outcome: a dot, a cross, a triangle.
const mark = (g, x, y, outcome, c) => {
  g.fillStyle = g.strokeStyle = c[OUTCOME_COLOURS[outcome]];
  if (outcome === 0) g.fillRect(x - 1.5, y - 1.5, 3, 3);
  else if (outcome === 1) cross(g, x, y);
  else if (outcome === 3) {
    g.lineWidth = 2;
    g.strokeRect(x - 4, y - 4, 8, 8);
    g.lineWidth = 1;
  } else {
    g.beginPath();
    g.moveTo(x, y - 4);
    g.lineTo(x + 4, y + 3);
    g.lineTo(x - 4, y + 3);
    g.closePath();
    g.stroke();
  }
};

const drawLatency = (g, scene, bins) => {
  const { run: { operations: ops }, axis, c, rates } = scene;
  g.font = `10px ${FONT}`;
  for (let power = 0; power < 12; power++) {
    const took = 10 ** power;
    if (took < scene.fastest || took > scene.slowest) continue;
    const y = latencyY(took, scene);
    g.fillStyle = c.line;
    g.fillRect(axis.gutter, y, axis.plot(), 1);
    g.fillStyle = c.dim;
    g.textAlign = 'right';
    g.fillText(span(took).replace(/\.0+ /, ' '), axis.gutter - 8, y);
    g.textAlign = 'left';
  }
  const first = firstAt(rates, ops.call, axis.from);
  const last = firstAt(rates, ops.call, axis.to, true);
  if (last - first <= 4000 * axis.views) {
    for (let at = first; at < last; at++) {
      const row = rates[at];
      const outcome = ops.guilty[row] ? 3 : ops.outcome[row];
      mark(g, axis.x(ops.call[row]), latencyY(ops.end[row] - ops.call[row], scene), outcome, c);
    }
  }
  QUANTILES.forEach(([, , dash], which) => {
    g.strokeStyle = c.text;
    g.setLineDash(dash);
    g.lineWidth = which === 0 ? 1.6 : 1.2;
    g.beginPath();
    let open = false;
    for (const { from, to, quantiles } of bins) {
      if (!quantiles) { open = false; continue; }
      const y = latencyY(quantiles[which], scene);
      const [x1, x2] = [axis.x(from), axis.x(to)];
      if (open) g.lineTo(x1, y);
      else g.moveTo(x1, y);
      g.lineTo(x2, y);
      open = true;
    }
    g.stroke();
  });
  g.setLineDash([]);
  g.lineWidth = 1;
};

const drawRate = (g, scene, { bins, width }) => {
  const { axis, c } = scene;
  const most = bins.reduce((most, { counts }) => Math.max(most, counts[0] + counts[1] + counts[2]), 1);
  const [top, high] = [LATENCY + 8, RATE - 10];
  for (const { from, to, counts } of bins) {
    const [x1, x2] = [axis.x(from), axis.x(to)];
    let y = top + high;
    counts.forEach((count, outcome) => {
      if (count === 0) return;
      const tall = count / most * high;
      y -= tall;
      g.fillStyle = c[OUTCOME_COLOURS[outcome]];
      g.fillRect(x1 + 0.5, y, x2 - x1 - 1, tall);
      if (outcome === 2) hatch(g, x1 + 0.5, y, x2 - x1 - 1, tall, c.down);
    });
  }
  g.font = `10px ${FONT}`;
  g.fillStyle = c.dim;
  g.textAlign = 'right';
  const rate = most / width * 1e6;
  g.fillText(`${rate >= 10 ? Math.round(rate).toLocaleString('en') : rate.toFixed(1)}/s`, axis.gutter - 8, top + 2);
  g.fillText('0', axis.gutter - 8, top + high - 2);
  g.textAlign = 'left';
};

const drawRates = (canvas, scene) => {
  const { run, axis, c } = scene;
  const height = LATENCY + RATE;
  const g = canvas.start(axis.width, height + AXIS_ROW);
  drawGround(g, run, axis, c, height);
  const binned = binsOf(scene);
  g.save();
  g.beginPath();
  g.rect(0, 0, axis.gutter + axis.plot(), height);
  g.clip();
  drawLatency(g, scene, binned.bins);
  g.restore();
  drawRule(g, axis, c, LATENCY);
  drawRate(g, scene, binned);
  // Bins reach beyond the plot.
  g.fillStyle = c.card;
  g.fillRect(axis.gutter + axis.plot(), 0, 8, height);
  drawAbove(g, run, axis, c, height);
  drawTicks(g, axis, c, height + AXIS_ROW / 2);
};

const rateHit = (x, y, scene) => {
  const { run: { operations: ops }, axis, rates } = scene;
  const near = 8 * (axis.to - axis.from) / axis.plot();
  const last = firstAt(rates, ops.call, axis.time(x) + near, true);
  let [best, least] = [null, 9];
  for (let at = last - 1; at >= Math.max(0, last - 4000); at--) {
    const row = rates[at];
    if (ops.call[row] < axis.time(x) - near) break;
    const far = Math.hypot(axis.x(ops.call[row]) - x, latencyY(ops.end[row] - ops.call[row], scene) - y);
    if (far < least) [best, least] = [{ kind: 'op', row }, far];
  }
  return best;
};
