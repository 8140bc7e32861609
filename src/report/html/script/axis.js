// One time axis for all panels: the part of the run that is seen, and how it is moved.

const seconds = (micros, digits = 3) => `${(micros / 1e6).toFixed(digits)} s`;

const span = (micros) => {
  if (micros < 1e3) return `${Math.round(micros)} µs`;
  if (micros < 1e6) return `${(micros / 1e3).toFixed(1)} ms`;
  return `${(micros / 1e6).toFixed(2)} s`;
};

// The smallest of …, 1, 2, 5, 10, 20, … that is at least this.
const roundStep = (least) => {
  const unit = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((times) => times * unit >= least) * unit;
};

// Where times stand on an axis, and where places stand in time.
const placed = (axis) => {
  axis.plot = () => Math.max(1, axis.width - axis.gutter - 8);
  axis.x = (time) => axis.gutter + (time - axis.from) / (axis.to - axis.from) * axis.plot();
  axis.time = (x) => axis.from + (x - axis.gutter) / axis.plot() * (axis.to - axis.from);
  // Round times, about so far apart that their names fit.
  axis.ticks = () => {
    const least = (axis.to - axis.from) / Math.max(2, Math.floor(axis.plot() / 90));
    const step = roundStep(least);
    const digits = Math.min(6, Math.max(0, 6 - Math.floor(Math.log10(step))));
    const ticks = [];
    for (let n = Math.ceil(axis.from / step); n * step <= axis.to; n++) {
      ticks.push({ time: n * step, name: seconds(n * step, digits) });
    }
    return ticks;
  };
  return axis;
};

// The same axis, with as much again on either side.
const widened = (axis) => {
  const length = axis.to - axis.from;
  const width = axis.width + 2 * axis.plot();
  return placed({ ...axis, from: axis.from - length, to: axis.to + length, width, views: 3 });
};

const makeAxis = (run, changed) => {
  const SHORTEST = 20;
  const end = Math.max(run.end, SHORTEST);
  // `views` is how many times what is seen it covers, `panned` when it was moved last.
  const axis = placed({ from: 0, to: end, end, gutter: 92, width: 800, cursor: null, views: 1, panned: -Infinity });
  axis.set = (from, to) => {
    const length = Math.min(end, Math.max(SHORTEST, to - from));
    const start = Math.min(Math.max(0, from), end - length);
    axis.from = start;
    axis.to = start + length;
    changed();
  };
  axis.zoom = (factor, around = (axis.from + axis.to) / 2) => {
    const length = Math.min(end, Math.max(SHORTEST, (axis.to - axis.from) * factor));
    const part = (around - axis.from) / (axis.to - axis.from);
    axis.set(around - part * length, around - part * length + length);
  };
  axis.pan = (part) => {
    const by = (axis.to - axis.from) * part;
    axis.panned = performance.now();
    axis.set(axis.from + by, axis.to + by);
  };
  // Moves as little as shows this time.
  axis.show = (from, to = from) => {
    const length = axis.to - axis.from;
    if (from >= axis.from && Math.min(to, from + length * 0.8) <= axis.to) return;
    axis.set(from - length * 0.3, from + length * 0.7);
  };
  return axis;
};
