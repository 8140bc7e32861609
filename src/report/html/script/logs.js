// What the nodes told, a node a column, in step with the axis. Of many lines only those that are
// seen are made.

const LINE = 20;
const TOPIC_COLOURS = 8;

const makeLogs = (scene, box, select) => {
  const { run, axis } = scene;
  const { logs } = run;
  const make = (name, className, parent) => {
    const made = document.createElement(name);
    made.className = className;
    parent.append(made);
    return made;
  };
  const title = make('h3', '', box);
  title.textContent = 'What the nodes told, in the time that is seen';
  const hidden = new Set();
  const topics = make('div', 'topics', box);
  logs.topics.forEach((topic, at) => {
    const button = make('button', `topic t${at % TOPIC_COLOURS}`, topics);
    button.type = 'button';
    button.textContent = topic;
    button.setAttribute('aria-pressed', 'true');
    button.addEventListener('click', () => {
      if (!hidden.delete(at)) hidden.add(at);
      button.setAttribute('aria-pressed', String(!hidden.has(at)));
      refilter();
      show();
    });
  });
  const count = make('span', 'seen', topics);
  const view = make('div', 'lines', box);
  view.tabIndex = 0;
  view.setAttribute('role', 'application');
  view.setAttribute('aria-label', 'What the nodes told, a node a column. Arrow keys move between lines.');
  const head = make('div', 'line head', view);
  const body = make('div', 'body', view);
  let [columns, rows, first, last] = [[], [], 0, 0];
  let followed = null;

  const refilter = () => {
    columns = Array.from({ length: run.nodes }, (_, at) => at + 1).filter(scene.filter.node);
    rows = [];
    for (let row = 0; row < logs.rows; row++) {
      if (!hidden.has(logs.topic[row]) && scene.filter.node(logs.node[row])) rows.push(row);
    }
    view.style.setProperty('--columns', columns.length);
    head.replaceChildren();
    make('span', 'at', head).textContent = 'time';
    for (const node of columns) make('span', '', head).textContent = `n${node}`;
    last = -1;
  };

  const line = (row, at) => {
    const made = document.createElement('div');
    made.className = 'line';
    made.style.top = `${at * LINE}px`;
    const item = { kind: 'log', row };
    made.classList.toggle('chosen', same(scene.selected, item));
    make('span', 'at', made).textContent = (logs.time[row] / 1e6).toFixed(6);
    const cell = make('span', `said t${logs.topic[row] % TOPIC_COLOURS}`, made);
    cell.style.gridColumn = columns.indexOf(logs.node[row]) + 2;
    const [topic, text] = [logs.topics[logs.topic[row]], logs.text(row)];
    if (!text.startsWith(topic)) make('b', '', cell).textContent = `${topic} `;
    cell.append(text);
    cell.title = text;
    made.addEventListener('pointerenter', () => { axis.cursor = logs.time[row]; scene.redraw(); });
    made.addEventListener('click', () => select(item));
    return made;
  };

  const fill = () => {
    const from = Math.max(0, Math.floor(view.scrollTop / LINE) - 4);
    const to = Math.min(last - first, from + Math.ceil(view.clientHeight / LINE) + 8);
    const made = [];
    for (let at = from; at < to; at++) made.push(line(rows[first + at], at));
    body.replaceChildren(...made);
  };

  const show = () => {
    const from = firstAt(rows, logs.time, axis.from);
    const to = firstAt(rows, logs.time, axis.to, true);
    const moved = from !== first || to !== last;
    [first, last] = [from, to];
    const { selected } = scene;
    if (moved) {
      body.style.height = `${(last - first) * LINE}px`;
      const all = `${(last - first).toLocaleString('en')} of ${rows.length.toLocaleString('en')} lines`;
      const left = logs.leftOut > 0
        ? `; ${logs.leftOut.toLocaleString('en')} more, far from the violation, are in trace.jsonl` : '';
      count.textContent = all + left;
    }
    if (moved || !same(selected, followed)) {
      const focus = selected ? scene.items.from(selected) : run.moment;
      const place = focus === null ? 0 : firstAt(rows, logs.time, focus) - first;
      if (selected || moved) view.scrollTop = Math.max(0, Math.min(place, last - first) * LINE - 100);
      followed = selected;
      fill();
    }
  };

  const step = (by) => {
    const at = scene.selected && scene.selected.kind === 'log'
      ? rows.indexOf(scene.selected.row) + by
      : firstAt(rows, logs.time, scene.selected ? scene.items.from(scene.selected) : axis.from);
    if (at >= 0 && at < rows.length) select({ kind: 'log', row: rows[at] });
  };
  view.addEventListener('scroll', fill);
  view.addEventListener('pointerleave', () => {
    axis.cursor = scene.selected ? scene.items.from(scene.selected) : null;
    scene.redraw();
  });
  view.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) step(by);
    else if (event.key === 'Escape') select(null);
    else return;
    event.preventDefault();
  });
  return { refilter, show };
};
