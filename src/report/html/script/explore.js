// Puts the panels together: filters, selection, keyboard, pointer.

// So many milliseconds after it was panned, a picture is drawn with all its words again.
const RESTS = 150;

const explore = (section, run) => {
  const make = (name, properties = {}, parent = null) => {
    const made = Object.assign(document.createElement(name), properties);
    if (parent) parent.append(made);
    return made;
  };
  const box = section.querySelector('.explorer');
  const scene = { run, selected: null, hovered: null, belonging: [], items: makeItems(run), c: colours() };
  scene.mostCommitted = run.commits.index.reduce((most, index) => Math.max(most, index), 1);
  let waiting = false;
  let rest = 0;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  const axis = makeAxis(run, redraw);
  scene.axis = axis;
  scene.redraw = redraw;

  const bar = make('div', { className: 'tools' }, box);
  const filters = makeFilters(run, bar, () => { refilter(); redraw(); });
  const seen = make('output', { className: 'seen' });
  const count = make('output', { className: 'count' });
  const button = (name, label, act) => {
    const made = make('button', { type: 'button', textContent: name, title: label }, bar);
    made.setAttribute('aria-label', label);
    made.addEventListener('click', act);
  };
  button('−', 'zoom out', () => axis.zoom(2));
  button('+', 'zoom in', () => axis.zoom(0.5));
  button('◀', 'earlier', () => axis.pan(-0.5));
  button('▶', 'later', () => axis.pan(0.5));
  button('whole run', 'see the whole run', () => axis.set(0, axis.end));
  button(run.moment === null ? 'the end' : 'the violation', 'see what matters most', () => axis.set(...run.window));
  bar.append(seen, count);

  // A panel with its name, and what its marks mean.
  const panel = (label, draw, hit, legend = '', warning = '') => {
    if (legend) {
      make('h3', { textContent: label }, box);
      if (warning) make('p', { className: 'warning', textContent: warning }, box);
      make('p', { className: 'marks', textContent: legend }, box);
    }
    const place = make('div', { className: 'panel', tabIndex: 0 }, box);
    place.setAttribute('role', 'application');
    place.setAttribute('aria-label', label);
    place.setAttribute('aria-describedby', 'explore-keys');
    const made = { place, canvas: makeCanvas(place), draw, slide: makeSlide(draw), hit, seen: { now: true } };
    new IntersectionObserver(([{ isIntersecting }]) => {
      made.seen.now = isIntersecting;
      if (isIntersecting) redraw();
    }).observe(place);
    return made;
  };
  const overview = panel('The whole run, and the part of it that is seen', makeOverview(), () => null);
  overview.place.classList.add('overview');
  const panels = makePanels(scene, panel);
  const details = make('div', { className: 'details', id: 'details' });
  details.setAttribute('role', 'status');
  panels[0].place.after(details);
  const tip = make('div', { className: 'tip', hidden: true }, box);
  const lists = makeLists(scene, box, { select: (item) => select(item, true) });

  const refilter = () => {
    scene.filter = filters.read();
    scene.timeline = timelineLanes(run, scene.filter);
    for (const { refilter } of [...panels, ...lists]) if (refilter) refilter();
    count.textContent = counted(scene);
  };

  const draw = () => {
    // On paper there are figures in its place.
    if (box.clientWidth === 0) return;
    axis.width = box.clientWidth;
    axis.gutter = axis.width < 560 ? 58 : 92;
    seen.textContent = `${seconds(axis.from)} – ${seconds(axis.to)} (${span(axis.to - axis.from)})`;
    overview.draw(overview.canvas, scene);
    const panning = performance.now() - axis.panned < RESTS;
    // What is scrolled out of sight is drawn when it comes back.
    for (const { canvas, draw, slide, seen } of panels) if (seen.now) (panning ? slide : draw)(canvas, scene);
    clearTimeout(rest);
    if (panning) rest = setTimeout(redraw, RESTS);
    else for (const { show } of lists) show();
  };

  const select = (item, move) => {
    scene.selected = item;
    scene.belonging = item ? scene.items.belonging(item) : [];
    axis.cursor = item ? scene.items.from(item) : null;
    if (item && move) axis.show(scene.items.from(item), scene.items.to(item));
    tell(details, scene, select);
    redraw();
  };

  // All that the keyboard walks through: lanes from above, each in order of time.
  const lanes = () => [...scene.timeline.lanes, ...panels.flatMap(({ lanes }) => (lanes ? lanes() : []))];
  const laneOf = (item, all) => all.findIndex((lane) => laneHas(lane, item, scene));
  const step = (by) => {
    const all = lanes();
    const at = scene.selected ? laneOf(scene.selected, all) : -1;
    if (at < 0) return enter(all);
    const { kind, rows } = all[at];
    const place = rows.indexOf(scene.selected.row) + by;
    if (place >= 0 && place < rows.length) select({ kind, row: rows[place] }, true);
    return undefined;
  };
  // The item of another lane that is nearest in time.
  const change = (by) => {
    const all = lanes().filter((lane) => lane.rows.length > 0);
    if (!scene.selected) return enter(all);
    const at = laneOf(scene.selected, all);
    const lane = all[Math.min(all.length - 1, Math.max(0, at + by))];
    return select(nearestIn(lane, scene.items.from(scene.selected), scene), true);
  };
  const enter = (all) => {
    const guilty = all.flatMap((lane) => (lane.byOutcome ? lane.byOutcome[3] : []));
    if (guilty.length > 0) return select({ kind: 'op', row: guilty[guilty.length - 1] }, true);
    const lane = all.find((lane) => lane.rows.length > 0);
    return lane && select(nearestIn(lane, run.moment === null ? axis.from : run.moment, scene), true);
  };

  const middle = () => (scene.selected ? scene.items.from(scene.selected) : undefined);
  const keys = {
    ArrowLeft: (event) => (event.shiftKey ? axis.pan(-0.25) : step(-1)),
    ArrowRight: (event) => (event.shiftKey ? axis.pan(0.25) : step(1)),
    ArrowUp: () => change(-1),
    ArrowDown: () => change(1),
    '+': () => axis.zoom(0.5, middle()),
    '=': () => axis.zoom(0.5, middle()),
    '-': () => axis.zoom(2, middle()),
    0: () => axis.set(0, axis.end),
    Home: () => axis.set(0, axis.to - axis.from),
    End: () => axis.set(axis.end, axis.end),
    v: () => axis.set(...run.window),
    Escape: () => { filters.clear(); select(null, false); },
  };
  for (const { place } of [overview, ...panels]) {
    place.addEventListener('keydown', (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(event);
    });
  }
  for (const each of panels) usePointer(each, scene, { select, redraw, tip });
  brush(overview, scene);

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { scene.c = colours(); redraw(); });
  new ResizeObserver(redraw).observe(box);
  refilter();
  axis.set(...run.window);
  tell(details, scene, select);
  draw();
  document.documentElement.dataset.explored = 'yes';
};

// How much goes through the filter, in words.
const counted = ({ run, filter, rates, messages }) => {
  const of = (some, all, name) => `${some.toLocaleString('en')} of ${all.toLocaleString('en')} ${name}`;
  if (!filter.any) return '';
  const parts = [of(rates.length, run.operations.rows, 'operations')];
  if (messages) parts.push(of(messages.all.length, run.messages.rows, 'messages'));
  return parts.join(', ');
};

// Whether a lane holds this item.
const laneHas = (lane, item, { run }) => {
  if (lane.kind !== item.kind) return false;
  if (item.kind === 'op') return run.operations.lane[lane.rows[0]] === run.operations.lane[item.row];
  if (item.kind === 'span') return spanIn(lane, item.row, run);
  if (item.kind === 'message') return lane.node === run.messages.from[item.row];
  return true;
};

const nearestIn = (lane, time, { items }) => {
  const times = items.times[lane.kind];
  const after = Math.min(lane.rows.length - 1, firstAt(lane.rows, times, time));
  const before = Math.max(0, after - 1);
  const nearer = Math.abs(times[lane.rows[before]] - time) < Math.abs(times[lane.rows[after]] - time);
  return { kind: lane.kind, row: lane.rows[nearer ? before : after] };
};

// The words of what is selected.
const tell = (details, { selected, items, belonging }, select) => {
  details.replaceChildren();
  const add = (name, text, parent = details) => {
    const made = document.createElement(name);
    made.textContent = text;
    parent.append(made);
    return made;
  };
  if (!selected) {
    add('p', 'Nothing is selected: click on something, or press an arrow key.').className = 'none';
    return;
  }
  add('strong', items.title(selected));
  for (const line of items.lines(selected)) add('p', line);
  if (belonging.length === 0) return;
  const more = belonging.length > BELONGING ? `, the first ${BELONGING} of ${belonging.length}` : ` (${belonging.length})`;
  add('p', `${items.about(selected)}${more}:`).className = 'about';
  const list = add('ul', '');
  for (const item of belonging.slice(0, BELONGING)) {
    const button = add('button', `${seconds(items.from(item), 6)}  ${items.title(item)}`, add('li', '', list));
    button.type = 'button';
    button.addEventListener('click', () => select(item, true));
  }
};
