// The timeline: faults, a lane a client, a lane a node.

const FAULT_ROW = 18;
const CLIENT_ROW = 20;
const NODE_ROW = 22;
const AXIS_ROW = 18;

// The row of each fault: the first in which it covers no other.
const faultRows = (run) => {
  const free = [];
  const order = run.faults.map((_, row) => row).sort((a, b) => run.faults[a].from - run.faults[b].from);
  const rows = [];
  for (const row of order) {
    const fault = run.faults[row];
    let place = free.findIndex((end) => end <= fault.from);
    if (place < 0) place = free.length;
    free[place] = fault.to === null ? Infinity : fault.to;
    rows[row] = place;
  }
  return { order, rows, depth: free.length };
};

// The lanes that a filter lets through, from above.
const timelineLanes = (run, filter) => {
  const { operations: ops, spans } = run;
  const lanes = [];
  let y = 0;
  const add = (lane) => { lanes.push({ y, ...lane }); y += lane.height; };
  const faults = faultRows(run);
  if (run.faults.length > 0) {
    const height = faults.depth * FAULT_ROW + 6;
    add({ kind: 'fault', label: 'faults', height, rows: faults.order, placed: faults.rows });
  }
  const most = ops.lane.reduce((most, lane) => Math.max(most, lane), 0);
  const clients = grouped(ops, most, (row) => ops.lane[row], filter.op);
  clients.forEach((rows, lane) => {
    if (rows.length === 0) return;
    const byOutcome = [[], [], [], []];
    for (const row of rows) byOutcome[ops.guilty[row] ? 3 : ops.outcome[row]].push(row);
    add({ kind: 'op', label: `client ${lane}`, height: CLIENT_ROW, rows, byOutcome });
  });
  const nodes = grouped(spans, run.nodes, (row) => spans.node[row], (row) => spans.kind[row] !== 7);
  const commits = grouped(run.commits, run.nodes, (row) => run.commits.node[row], () => true);
  nodes.forEach((rows, node) => {
    if (node === 0 ? rows.length === 0 : !filter.node(node)) return;
    const facts = run.facts.map((_, row) => row).filter((row) => run.facts[row].node === node);
    const height = NODE_ROW + (node > 0 && commits[node].length > 0 ? 16 : 0);
    const label = node === 0 ? 'elections' : `n${node}`;
    add({ kind: 'span', label, node, height, rows, facts, commits: commits[node] });
  });
  for (const lane of leaseLanes(run, filter)) add(lane);
  return { lanes, height: y };
};

// So many leases have lanes: first those that the violation is about.
const MOST_LEASES = 8;

// A lane a lease, with whoever held it; two at a time stand one below the other.
const leaseLanes = (run, filter) => {
  const { spans } = run;
  const named = ({ text }) => [...text.matchAll(/lease of resource (\d+)/g)].map(([, resource]) => Number(resource));
  const told = new Set(run.facts.flatMap(named));
  const byResource = new Map();
  for (let row = 0; row < spans.rows; row++) {
    if (spans.kind[row] !== 7 || !filter.node(spans.node[row])) continue;
    if (!byResource.has(spans.resource[row])) byResource.set(spans.resource[row], []);
    byResource.get(spans.resource[row]).push(row);
  }
  const all = [...byResource].map(([resource, rows]) => ({ label: `lease ${resource}`, resource, rows }));
  const rank = ({ resource }) => (told.has(resource) ? -1 : resource);
  return all.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_LEASES).map((lane) => {
    const ends = [-1, -1];
    const placed = new Map();
    for (const row of lane.rows) {
      const line = ends[0] <= spans.from[row] ? 0 : 1;
      placed.set(row, line);
      ends[line] = Math.max(ends[line], spans.to[row]);
    }
    return { ...lane, kind: 'span', node: -1, height: ends[1] < 0 ? 18 : 34, placed };
  });
};

// Whether a lane holds this span.
const spanIn = (lane, row, { spans }) => (spans.kind[row] === 7
  ? lane.resource === spans.resource[row] : lane.node === spans.node[row]);

const OUTCOME_COLOURS = ['ok', 'fail', 'info', 'bad'];

// More than so many of a kind in a lane are drawn together.
const DENSE = 500;

// What is nearer to its neighbour than this is not looked at.
const stepOf = (axis, dense) => (axis.to - axis.from) / axis.plot() * (dense ? 2 : 1);

// Puts together what touches, in whole pixels.
const makeRuns = (draw) => {
  let [from, to] = [null, 0];
  const end = () => { if (from !== null) draw(from, to); };
  const add = (x1, x2) => {
    const [left, right] = [Math.round(x1), Math.max(Math.round(x1) + 1, Math.round(x2))];
    if (from !== null && left <= to + 2) to = Math.max(to, right);
    else {
      end();
      [from, to] = [left, right];
    }
  };
  return { add, end };
};

// Bars of one outcome. Where they are many, those that touch become one: whole pixels are drawn
// fastest, and more could not be seen.
const drawBars = (g, rows, outcome, lane, scene) => {
  const { axis, c, run: { operations: ops } } = scene;
  const right = axis.gutter + axis.plot();
  const top = lane.y + 3;
  const height = lane.height - 6;
  // An operation is seldom longer than the ones before it were apart: look back far enough.
  let at = Math.max(0, firstAt(rows, ops.call, axis.from) - 8);
  const dense = firstAt(rows, ops.call, axis.to) - at > DENSE * axis.views;
  const step = stepOf(axis, dense);
  const runs = makeRuns((x, to) => drawBar(g, { x, top, width: to - x, height, outcome, text: '' }, c));
  let last = -Infinity;
  while (at < rows.length && ops.call[rows[at]] <= axis.to) {
    const row = rows[at];
    const to = ops.end[row];
    if (to >= axis.from) {
      const x = Math.max(axis.gutter, axis.x(ops.call[row]));
      // What matters most is seen at every zoom.
      const width = Math.max(outcome === 3 ? 6 : 1, Math.min(right, axis.x(to)) - x);
      if (dense) runs.add(x, x + width);
      else if (x + width > last) {
        drawBar(g, { x, top, width, height, outcome, text: width > 30 ? ops.text(row) : '' }, c);
        last = x + width;
      }
    }
    const next = ops.call[row] + step;
    at += 1;
    if (at < rows.length && ops.call[rows[at]] < next) at = Math.max(at, firstAt(rows, ops.call, next));
  }
  runs.end();
};

const drawBar = (g, { x, top, width, height, outcome, text }, c) => {
  const colour = c[OUTCOME_COLOURS[outcome]];
  if (outcome < 2 || width < 4) {
    g.fillStyle = colour;
    g.fillRect(x, outcome === 1 ? top + 1 : top, width > 3 ? width - 0.6 : width, outcome === 1 ? height - 2 : height);
    if (outcome === 1 && width > 8) hatch(g, x, top + 1, width, height - 2, c.card);
  } else {
    if (outcome === 3 && width < 20) {
      g.fillStyle = colour;
      g.font = `700 12px ${FONT}`;
      g.fillText('✗', x + width + 2, top + height / 2);
    }
    g.fillStyle = outcome === 3 ? c['bad-ground'] : c.card;
    g.fillRect(x, top, width, height);
    g.strokeStyle = colour;
    g.lineWidth = outcome === 3 ? 2 : 1.5;
    g.setLineDash(outcome === 3 ? [] : [5, 3]);
    g.strokeRect(x + 1, top + 0.75, width - 2, height - 1.5);
    g.setLineDash([]);
    g.lineWidth = 1;
  }
  if (!text) return;
  g.font = `${outcome === 3 ? '600 ' : ''}11px ${FONT}`;
  g.fillStyle = outcome < 2 ? c.ground : c.text;
  g.fillText(fitted(g, outcome === 3 ? `✗ ${text}` : text, width - 8), x + 4, top + height / 2 + 0.5);
};

const drawFaults = (g, lane, scene) => {
  const { axis, c, run } = scene;
  const right = axis.gutter + axis.plot();
  for (const row of lane.rows) {
    const fault = run.faults[row];
    const to = fault.to === null ? run.end : fault.to;
    if (fault.from > axis.to || to < axis.from) continue;
    const x = Math.max(axis.gutter, axis.x(fault.from));
    const width = Math.max(2, Math.min(right, axis.x(to)) - x);
    const y = lane.y + 2 + lane.placed[row] * FAULT_ROW;
    if (fault.effective) {
      g.fillStyle = c.fault;
      g.fillRect(x, y, width, FAULT_ROW - 3);
    } else {
      g.strokeStyle = c.fault;
      g.setLineDash([3, 2]);
      g.strokeRect(x + 0.5, y + 0.5, width - 1, FAULT_ROW - 4);
      g.setLineDash([]);
    }
    g.font = `11px ${FONT}`;
    g.fillStyle = fault.effective ? '#fff' : c.text;
    g.fillText(fitted(g, fault.what, width - 8), x + 4, y + FAULT_ROW / 2 - 1);
  }
};

// The place of a span within its lane.
const spanPlace = (lane, row, { spans }) => {
  const kind = spans.kind[row];
  if (kind === 7) return { top: lane.y + 2 + lane.placed.get(row) * 16, height: 14 };
  if (kind === 6) return { top: lane.y + NODE_ROW - 4, height: 3 };
  if (kind === 2 || kind === 8) return { top: lane.y + 3, height: NODE_ROW - 6 };
  if (kind >= 3) return { top: lane.y + 2, height: NODE_ROW - 4 };
  return { top: lane.y + 6, height: NODE_ROW - 12 };
};

const SPAN_COLOURS = ['follower', 'candidate', 'leader', 'card', 'card', 'card', 'dim', 'lease', 'candidate'];

const drawSpan = (g, row, lane, scene) => {
  const { axis, c, run: { spans } } = scene;
  const kind = spans.kind[row];
  const { top, height } = spanPlace(lane, row, scene.run);
  const x = Math.max(axis.gutter, axis.x(spans.from[row]));
  const width = Math.max(1, Math.min(axis.gutter + axis.plot(), axis.x(spans.to[row])) - x);
  g.fillStyle = c[SPAN_COLOURS[kind]];
  g.fillRect(x, top, width > 3 ? width - 1 : width, height);
  if (kind >= 3 && kind <= 5) {
    hatch(g, x, top, width, height, c.down);
    g.strokeStyle = c.down;
    g.strokeRect(x + 0.5, top + 0.5, Math.max(0, width - 1), height - 1);
  }
  if (kind === 6 || width < 24) return;
  g.font = `${kind === 2 || (kind >= 3 && kind <= 5) ? '600 ' : ''}11px ${FONT}`;
  const text = fitted(g, spans.text(row), width - 10);
  if (!text) return;
  if (kind >= 3 && kind <= 5) {
    g.fillStyle = c.card;
    g.fillRect(x + 3, top + 1, g.measureText(text).width + 4, height - 2);
  }
  g.fillStyle = kind === 2 || kind === 7 ? '#fff' : kind === 1 || kind === 8 ? '#1a1f26' : c.text;
  g.fillText(text, x + 5, top + height / 2 + 0.5);
};

// Spans overlap and differ in length, so those that began before the view are looked through.
const drawSpans = (g, lane, scene) => {
  const { axis, c, run: { spans } } = scene;
  const dense = lane.rows.length > DENSE;
  const narrow = (axis.to - axis.from) / axis.plot() * 3;
  for (const layer of [0, 1]) {
    const runs = new Map();
    for (const row of lane.rows) {
      if (spans.from[row] > axis.to) break;
      const kind = spans.kind[row];
      const stops = kind >= 3 && kind <= 5;
      if (spans.to[row] < axis.from || stops !== (layer === 1)) continue;
      if (!dense || spans.to[row] - spans.from[row] > narrow) drawSpan(g, row, lane, scene);
      else {
        const { top, height } = spanPlace(lane, row, scene.run);
        const line = kind * 2000 + top;
        if (!runs.has(line)) {
          runs.set(line, makeRuns((x, to) => {
            g.fillStyle = c[stops ? 'down' : SPAN_COLOURS[kind]];
            g.fillRect(x, top, to - x, height);
          }));
        }
        runs.get(line).add(Math.max(axis.gutter, axis.x(spans.from[row])), axis.x(spans.to[row]));
      }
    }
    for (const { end } of runs.values()) end();
  }
};

// An election is a band over all that happened to nodes meanwhile.
const drawElections = (g, { axis, c, run: { spans }, timeline: { lanes, height } }) => {
  const lane = lanes.find(({ node }) => node === 0);
  if (!lane) return;
  g.fillStyle = c.candidate;
  g.globalAlpha = 0.15;
  for (const row of lane.rows) {
    if (spans.from[row] > axis.to || spans.to[row] < axis.from) continue;
    const x = Math.max(axis.gutter, axis.x(spans.from[row]));
    const width = Math.min(axis.gutter + axis.plot(), axis.x(spans.to[row])) - x;
    g.fillRect(x, lane.y, Math.max(1, width), height - lane.y);
  }
  g.globalAlpha = 1;
};

// Who a partition puts together: a line of its own colour and number for each side.
const drawSides = (g, lane, scene) => {
  const { axis, c, run } = scene;
  for (const fault of run.faults) {
    if (!fault.applied || fault.sides.length === 0) continue;
    const to = fault.to === null ? run.end : fault.to;
    if (fault.from > axis.to || to < axis.from) continue;
    const side = fault.sides.findIndex((nodes) => nodes.includes(lane.node));
    const x = Math.max(axis.gutter, axis.x(fault.from));
    const width = Math.min(axis.gutter + axis.plot(), axis.x(to)) - x;
    const name = String.fromCharCode(65 + (side < 0 ? fault.sides.length : side));
    g.fillStyle = [c.fault, c.ok, c.good, c.doubt][(side < 0 ? fault.sides.length : side) % 4];
    g.fillRect(x, lane.y + 1, width, 3);
    if (width < 70) continue;
    g.fillRect(x + width - 15, lane.y + 1, 15, 13);
    g.fillStyle = c.ground;
    g.font = `600 10px ${FONT}`;
    g.fillText(name, x + width - 11, lane.y + 8);
  }
};

const drawCommits = (g, lane, scene) => {
  const { axis, c, run: { commits } } = scene;
  if (lane.commits.length === 0) return;
  const rows = lane.commits;
  const [bottom, high] = [lane.y + NODE_ROW + 14, 12];
  const y = (row) => bottom - Math.min(1, commits.index[row] / scene.mostCommitted) * high;
  const pixel = (axis.to - axis.from) / axis.plot() * 4;
  let at = Math.max(0, firstAt(rows, commits.time, axis.from) - 1);
  g.strokeStyle = c.good;
  g.lineWidth = 1.5;
  g.beginPath();
  let before = null;
  let lastRow = at;
  while (at < rows.length && commits.time[rows[at]] <= axis.to) {
    const x = Math.max(axis.gutter, axis.x(commits.time[rows[at]]));
    if (before === null) g.moveTo(x, y(rows[at]));
    else { g.lineTo(x, before); g.lineTo(x, y(rows[at])); }
    before = y(rows[at]);
    lastRow = at;
    at = Math.max(at + 1, firstAt(rows, commits.time, commits.time[rows[at]] + pixel) - 1);
  }
  if (before !== null) g.lineTo(axis.gutter + axis.plot(), before);
  g.stroke();
  g.lineWidth = 1;
  if (commits.time[rows[lastRow]] <= axis.to) {
    g.font = `10px ${FONT}`;
    g.textAlign = 'right';
    g.fillStyle = c.text;
    g.fillText(`commit ${commits.index[rows[lastRow]]}`, axis.gutter + axis.plot() - 2, lane.y + NODE_ROW + 4);
    g.textAlign = 'left';
  }
};

const drawFacts = (g, lane, scene) => {
  const { axis, c, run } = scene;
  for (const row of lane.facts) {
    const { time } = run.facts[row];
    if (time < axis.from || time > axis.to) continue;
    const [x, y] = [axis.x(time), lane.y + NODE_ROW / 2];
    g.fillStyle = c.bad;
    g.beginPath();
    g.arc(x, y, 8, 0, 7);
    g.fill();
    g.fillStyle = c.ground;
    g.font = `700 11px ${FONT}`;
    g.textAlign = 'center';
    g.fillText(String(row + 1), x, y + 0.5);
    g.textAlign = 'left';
  }
};

const drawTimeline = (canvas, scene) => {
  const { axis, c, run, timeline } = scene;
  const height = timeline.height + AXIS_ROW;
  const g = canvas.start(axis.width, height);
  drawGround(g, run, axis, c, timeline.height);
  drawElections(g, scene);
  for (const lane of timeline.lanes) {
    drawRule(g, axis, c, lane.y);
    drawLabel(g, axis, c, lane.label, lane.y, Math.min(lane.height, NODE_ROW + 4));
    if (lane.kind === 'fault') drawFaults(g, lane, scene);
    if (lane.kind === 'op') {
      lane.byOutcome.forEach((rows, outcome) => drawBars(g, rows, outcome, lane, scene));
    }
    if (lane.kind === 'span') {
      drawSpans(g, lane, scene);
      if (lane.node <= 0) continue;
      drawSides(g, lane, scene);
      drawCommits(g, lane, scene);
      drawFacts(g, lane, scene);
    }
  }
  drawAbove(g, run, axis, c, timeline.height);
  drawTicks(g, axis, c, timeline.height + AXIS_ROW / 2);
  drawSelected(g, scene);
};

// Where an item stands on the timeline.
const timelinePlace = (item, scene) => {
  const { axis, items, run, timeline } = scene;
  const [from, to] = [items.from(item), items.to(item)];
  if (from > axis.to || to < axis.from) return null;
  const lane = timeline.lanes.find((lane) => (item.kind === 'fact'
    ? lane.kind === 'span' && lane.node === run.facts[item.row].node
    : laneHas(lane, item, scene)));
  if (!lane) return null;
  const x = Math.max(axis.gutter, axis.x(from));
  const width = Math.min(axis.gutter + axis.plot(), axis.x(to)) - x;
  let place = { top: lane.y + 1, height: lane.height - 2 };
  if (item.kind === 'fault') place = { top: lane.y + 1 + lane.placed[item.row] * FAULT_ROW, height: FAULT_ROW - 1 };
  if (item.kind === 'span') place = spanPlace(lane, item.row, run);
  if (item.kind === 'fact') return { x: x - 9, top: lane.y + 2, width: 18, height: NODE_ROW - 4 };
  return { x, width: Math.max(2, width), ...place };
};

const drawSelected = (g, scene) => {
  const place = scene.selected && timelinePlace(scene.selected, scene);
  if (!place) return;
  g.strokeStyle = scene.c.focus;
  g.lineWidth = 2.5;
  g.strokeRect(place.x - 1.5, place.top - 0.5, place.width + 3, place.height + 1);
  g.lineWidth = 1;
};

// What lies under a place of the timeline, nearest first; within some pixels.
const timelineHit = (x, y, scene) => {
  const { axis, items, run, timeline } = scene;
  const lane = timeline.lanes.find((lane) => y >= lane.y && y < lane.y + lane.height);
  if (!lane) return null;
  const near = 4 * (axis.to - axis.from) / axis.plot();
  const time = axis.time(x);
  if (lane.kind === 'span' && lane.facts) {
    const fact = lane.facts.find((row) => Math.abs(run.facts[row].time - time) < 2 * near);
    if (fact !== undefined) return { kind: 'fact', row: fact };
  }
  let best = null;
  let least = Infinity;
  const last = firstAt(lane.rows, items.times[lane.kind], time + near, true);
  const first = lane.kind === 'op' ? Math.max(0, last - 400) : 0;
  for (let at = last - 1; at >= first; at--) {
    const item = { kind: lane.kind, row: lane.rows[at] };
    const [from, to] = [items.from(item), items.to(item)];
    if (time < from - near || time > to + near) continue;
    if (lane.kind !== 'op') {
      const place = timelinePlace(item, scene);
      if (!place || y < place.top - 3 || y > place.top + place.height + 3) continue;
    }
    const apart = Math.max(0, from - time, time - to) + (to - from) * 1e-6;
    if (apart < least) [best, least] = [item, apart];
  }
  return best;
};
