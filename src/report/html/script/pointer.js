// What the pointer does: it hovers, selects, drags the axis, and pulls a brush over the whole run.

const usePointer = ({ place, canvas, hit }, scene, { select, redraw, tip }) => {
  const { axis, items } = scene;
  const pointers = new Map();
  let moved = 0;
  const at = (event) => {
    const box = canvas.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const hover = (event) => {
    const [x, y] = at(event);
    const item = hit(x, y, scene);
    scene.hovered = item;
    axis.cursor = x > axis.gutter ? axis.time(x) : null;
    tip.hidden = !item;
    if (item) {
      tip.textContent = [items.title(item), ...items.lines(item)].join('\n');
      const box = tip.parentElement.getBoundingClientRect();
      const left = Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 4);
      tip.style.left = `${Math.max(0, left)}px`;
      tip.style.top = `${event.clientY - box.top + 18}px`;
    }
    canvas.canvas.style.cursor = item ? 'pointer' : 'grab';
    redraw();
  };
  place.addEventListener('pointerdown', (event) => {
    pointers.set(event.pointerId, event.clientX);
    moved = 0;
  });
  place.addEventListener('pointermove', (event) => {
    if (!pointers.has(event.pointerId)) {
      hover(event);
      return;
    }
    const before = [...pointers.values()];
    const by = event.clientX - pointers.get(event.pointerId);
    pointers.set(event.pointerId, event.clientX);
    moved += Math.abs(by);
    if (moved < 4) return;
    tip.hidden = true;
    if (!place.hasPointerCapture(event.pointerId)) place.setPointerCapture(event.pointerId);
    const after = [...pointers.values()];
    if (before.length === 2) {
      const apart = (xs) => Math.max(20, Math.abs(xs[0] - xs[1]));
      const left = canvas.canvas.getBoundingClientRect().left;
      axis.zoom(apart(before) / apart(after), axis.time((after[0] + after[1]) / 2 - left));
    } else {
      axis.pan(-by / axis.plot());
    }
  });
  const up = (event) => {
    if (!pointers.delete(event.pointerId) || moved >= 4 || event.type !== 'pointerup') return;
    const item = hit(...at(event), scene);
    select(item, false);
  };
  place.addEventListener('pointerup', up);
  place.addEventListener('pointercancel', up);
  place.addEventListener('pointerleave', () => {
    tip.hidden = true;
    scene.hovered = null;
    axis.cursor = scene.selected ? items.from(scene.selected) : null;
    redraw();
  });
  place.addEventListener('dblclick', (event) => axis.zoom(0.4, axis.time(at(event)[0])));
  place.addEventListener('wheel', (event) => {
    if (event.ctrlKey || event.metaKey) axis.zoom(Math.exp(event.deltaY / 200), axis.time(at(event)[0]));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) axis.pan(event.deltaX / axis.plot());
    else return;
    event.preventDefault();
  }, { passive: false });
};

const OVERVIEW = 46;

// What does not change of the whole run: how many operations there were, and the faults.
const drawWhole = (canvas, scene, whole) => {
  const { run, c, axis } = scene;
  const g = canvas.start(axis.width, OVERVIEW);
  drawGround(g, run, whole, c, OVERVIEW);
  const ops = run.operations;
  const columns = Math.floor(axis.plot() / 2);
  const counts = [];
  for (let at = 0; at <= columns; at++) {
    counts.push(lowerBound(ops.call, ops.rows, at / columns * axis.end));
  }
  const most = counts.reduce((most, count, at) => Math.max(most, at ? count - counts[at - 1] : 0), 1);
  g.fillStyle = c.ok;
  for (let at = 0; at < columns; at++) {
    const high = (counts[at + 1] - counts[at]) / most * (OVERVIEW - 10);
    g.fillRect(axis.gutter + at * 2, OVERVIEW - high, 1.6, high);
  }
  upright(g, whole, run.moment, OVERVIEW, c.bad, 2);
  drawLabel(g, axis, c, 'whole run', 0, OVERVIEW);
};

// The whole run, and the part of it that is seen.
const makeOverview = () => {
  const picture = makeCanvas(document.createElement('div'));
  let made = {};
  return (canvas, scene) => {
    const { c, axis } = scene;
    const whole = placed({ ...axis, from: 0, to: axis.end });
    if (made.width !== axis.width || made.c !== c) {
      drawWhole(picture, scene, { ...whole, ticks: () => [] });
      made = { width: axis.width, c };
    }
    const g = canvas.start(axis.width, OVERVIEW);
    g.drawImage(picture.canvas, 0, 0, axis.width, OVERVIEW);
    drawSeen(g, whole, axis, c);
  };
};

const drawSeen = (g, whole, axis, c) => {
  const [left, right] = [whole.x(axis.from), whole.x(axis.to)];
  g.fillStyle = c.card;
  g.globalAlpha = 0.65;
  g.fillRect(axis.gutter, 0, left - axis.gutter, OVERVIEW);
  g.fillRect(right, 0, axis.gutter + axis.plot() - right, OVERVIEW);
  g.globalAlpha = 1;
  g.strokeStyle = c.focus;
  g.lineWidth = 2;
  g.strokeRect(left, 1, Math.max(3, right - left), OVERVIEW - 2);
};

// Dragging the seen part moves it; dragging elsewhere chooses another.
const brush = ({ place, canvas }, { axis }) => {
  let held = null;
  const time = (event) => {
    const x = event.clientX - canvas.canvas.getBoundingClientRect().left;
    return Math.min(axis.end, Math.max(0, (x - axis.gutter) / axis.plot() * axis.end));
  };
  place.addEventListener('pointerdown', (event) => {
    const from = time(event);
    const inside = from >= axis.from && from <= axis.to && axis.to - axis.from < axis.end;
    held = { from, inside, start: axis.from, length: axis.to - axis.from };
    place.setPointerCapture(event.pointerId);
  });
  place.addEventListener('pointermove', (event) => {
    if (!held) return;
    const to = time(event);
    if (held.inside) axis.set(held.start + to - held.from, held.start + to - held.from + held.length);
    else if (Math.abs(to - held.from) > axis.end * 0.002) axis.set(Math.min(held.from, to), Math.max(held.from, to));
  });
  const release = () => { held = null; };
  place.addEventListener('pointerup', (event) => {
    // A click without a drag brings that moment into the middle.
    if (held && !held.inside && Math.abs(time(event) - held.from) <= axis.end * 0.002) {
      axis.set(held.from - held.length / 2, held.from + held.length / 2);
    }
    release();
  });
  place.addEventListener('pointercancel', release);
};
