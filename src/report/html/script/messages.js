// The space-time diagram: a line a node, a slanted one a message, from its sending to its arrival.

// More messages than this at once are but counted.
const MOST_LINES = 2500;
// Before messages have their words beside them there must be room.
const MOST_WORDS = 60;

const messageRow = (run) => (run.nodes <= 7 ? 46 : 28);

const filterMessages = (scene) => {
  const { run, filter } = scene;
  const { messages } = run;
  const all = [];
  for (let row = 0; row < messages.rows; row++) if (filter.message(row)) all.push(row);
  const bySender = Array.from({ length: run.nodes + 1 }, () => []);
  const lost = Array.from({ length: run.nodes + 1 }, () => []);
  for (const row of all) bySender[messages.from[row]].push(row);
  for (const row of messages.dropped.keys()) if (filter.message(row)) lost[messages.from[row]].push(row);
  scene.messages = { all, bySender, lost };
};

const messageLanes = (scene) => scene.messages.bySender
  .map((rows, node) => ({ kind: 'message', node, rows }))
  .filter(({ rows }) => rows.length > 0);

// Those of which any part is to be seen, or nothing if they are too many.
const seenMessages = ({ run: { messages }, axis, messages: { all } }) => {
  const first = firstAt(all, messages.sent, axis.from);
  const last = firstAt(all, messages.sent, axis.to, true);
  if (last - first > MOST_LINES * axis.views) return { dense: last - first };
  const start = Math.max(firstAt(all, messages.sent, axis.from - messages.longest), first - 20000);
  const rows = [];
  for (let at = start; at < last; at++) {
    const row = all[at];
    const end = Math.max(messages.sent[row], messages.at[row] || 0, messages.again.get(row) || 0);
    if (end >= axis.from) rows.push(row);
  }
  return rows.length > MOST_LINES * 2 * axis.views ? { dense: rows.length } : { rows };
};

const nodeY = (node, run) => (node - 0.5) * messageRow(run) + 4;

// The ends of a message's line. One that was dropped goes half the way.
const lineOf = (row, { run, axis }) => {
  const { messages } = run;
  const [x, y] = [axis.x(messages.sent[row]), nodeY(messages.from[row], run)];
  const toY = nodeY(messages.to[row], run);
  if (!Number.isNaN(messages.at[row])) return [x, y, axis.x(messages.at[row]), toY];
  return [x, y, x + 14, y + (toY - y) * 0.45];
};

const drawNodeLines = (g, scene) => {
  const { run, axis, c } = scene;
  const { spans } = run;
  const right = axis.gutter + axis.plot();
  for (let node = 1; node <= run.nodes; node++) {
    const y = nodeY(node, run);
    drawLabel(g, axis, c, `n${node}`, y - 10, 20);
    g.fillStyle = c.line;
    g.fillRect(axis.gutter, y - 0.5, axis.plot(), 1);
  }
  const narrow = new Map();
  for (let row = 0; row < spans.rows && spans.from[row] <= axis.to; row++) {
    const kind = spans.kind[row];
    if (spans.to[row] < axis.from || kind === 0 || kind > 5) continue;
    const y = nodeY(spans.node[row], run);
    const x = Math.max(axis.gutter, axis.x(spans.from[row]));
    const to = Math.min(right, axis.x(spans.to[row]));
    const high = kind === 2 ? 6 : kind === 1 ? 3 : 14;
    if (kind > 2 && to - x >= 4) hatch(g, x, y - 7, to - x, 14, c.down);
    else {
      const line = spans.node[row] * 10 + kind;
      if (!narrow.has(line)) {
        narrow.set(line, makeRuns((x1, x2) => {
          g.fillStyle = c[kind > 2 ? 'down' : SPAN_COLOURS[kind]];
          g.fillRect(x1, y - high / 2, x2 - x1, high);
        }));
      }
      narrow.get(line).add(x, to);
    }
  }
  for (const { end } of narrow.values()) end();
};

const cross = (g, x, y) => {
  g.beginPath();
  g.moveTo(x - 3.5, y - 3.5);
  g.lineTo(x + 3.5, y + 3.5);
  g.moveTo(x + 3.5, y - 3.5);
  g.lineTo(x - 3.5, y + 3.5);
  g.stroke();
};

const arrow = (g, x1, y1, x2, y2) => {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  g.beginPath();
  g.moveTo(x2, y2);
  g.lineTo(x2 - 7 * Math.cos(angle - 0.35), y2 - 7 * Math.sin(angle - 0.35));
  g.lineTo(x2 - 7 * Math.cos(angle + 0.35), y2 - 7 * Math.sin(angle + 0.35));
  g.fill();
};

const segment = (g, x1, y1, x2, y2) => {
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
};

const drawMessage = (g, row, scene, { colour, width, arrows }) => {
  const { run, axis, c } = scene;
  const { messages } = run;
  const [x1, y1, x2, y2] = lineOf(row, scene);
  const lost = messages.dropped.has(row);
  const late = messages.overtaken.has(row);
  g.strokeStyle = g.fillStyle = colour || (lost ? c.bad : late ? c.lease : c.ok);
  g.lineWidth = width;
  g.setLineDash(late ? [2, 3] : []);
  segment(g, x1, y1, x2, y2);
  g.setLineDash([]);
  if (lost) {
    g.lineWidth = 2;
    cross(g, x2, y2);
  } else if (messages.unheard.has(row)) {
    g.beginPath();
    g.arc(x2, y2, 4, 0, 7);
    g.stroke();
  } else if (arrows) arrow(g, x1, y1, x2, y2);
  if (messages.again.has(row)) {
    g.setLineDash([7, 4]);
    g.strokeStyle = g.fillStyle = colour || c.doubt;
    segment(g, x1, y1, axis.x(messages.again.get(row)), y2);
    g.setLineDash([]);
    if (arrows) arrow(g, x1, y1, axis.x(messages.again.get(row)), y2);
  }
  g.lineWidth = 1;
};

// The words of messages, wherever they cover no others.
const drawWords = (g, rows, scene) => {
  const { run, axis, c } = scene;
  const taken = [];
  g.font = `11px ${FONT}`;
  for (const row of rows) {
    const [x1, y1, x2, y2] = lineOf(row, scene);
    const text = fitted(g, run.messages.text(row), 190);
    const width = g.measureText(text).width;
    const x = Math.min(axis.gutter + axis.plot() - width - 4, Math.max(axis.gutter + 2, x1 + (x2 - x1) * 0.35 + 5));
    const y = y1 + (y2 - y1) * 0.35;
    if (x1 > axis.to || taken.some((box) => Math.abs(box.y - y) < 14 && x < box.x + box.width + 6 && box.x < x + width + 6)) continue;
    taken.push({ x, y, width });
    g.fillStyle = c.card;
    g.globalAlpha = 0.85;
    g.fillRect(x - 2, y - 7, width + 4, 14);
    g.globalAlpha = 1;
    g.fillStyle = c.text;
    g.fillText(text, x, y + 0.5);
  }
};

// How many each node sent, above its line, and how many of these were dropped, below.
const drawCounts = (g, scene, count) => {
  const { run, axis, c, messages: { bySender, lost } } = scene;
  const { sent } = run.messages;
  const columns = Math.floor(axis.plot() / 3);
  const per = (axis.to - axis.from) / columns;
  const countsOf = (rows) => {
    const counts = new Float64Array(columns);
    let before = firstAt(rows, sent, axis.from);
    for (let at = 0; at < columns; at++) {
      const next = firstAt(rows, sent, axis.from + per * (at + 1));
      counts[at] = next - before;
      before = next;
    }
    return counts;
  };
  const all = bySender.map(countsOf);
  const most = Math.max(1, ...all.map((counts) => counts.reduce((a, b) => Math.max(a, b), 0)));
  const high = messageRow(run) / 2 - 3;
  const draw = (counts, node, colour, sign) => {
    g.fillStyle = colour;
    counts.forEach((number, at) => {
      if (number === 0) return;
      const tall = Math.max(1.5, Math.sqrt(number / most) * high);
      g.fillRect(axis.gutter + at * 3, nodeY(node, run) - (sign > 0 ? tall : 0), 2.4, tall);
    });
  };
  for (let node = 1; node <= run.nodes; node++) {
    draw(all[node], node, c.ok, 1);
    if (lost[node].length > 0) draw(countsOf(lost[node]), node, c.bad, -1);
  }
  const text = `${Math.round(count / axis.views).toLocaleString('en')} messages: counted here, zoom in to see each`;
  g.font = `600 12px ${FONT}`;
  const width = g.measureText(text).width;
  g.fillStyle = c.card;
  g.fillRect(axis.gutter + 6, 2, width + 8, 17);
  g.fillStyle = c.text;
  g.fillText(text, axis.gutter + 10, 11);
};

// The operation that is selected, at the node that served it.
const drawServed = (g, scene) => {
  const { run: { operations: ops }, run, axis, c, selected } = scene;
  if (!selected || selected.kind !== 'op') return;
  const node = Number((ops.nodes[ops.node[selected.row] - 1] || '').replace(/^n/, ''));
  if (!(node > 0 && node <= run.nodes)) return;
  const x = axis.x(ops.call[selected.row]);
  const width = Math.max(2, axis.x(ops.end[selected.row]) - x);
  g.fillStyle = c.focus;
  g.globalAlpha = 0.25;
  g.fillRect(x, nodeY(node, run) - 11, width, 22);
  g.globalAlpha = 1;
};

const drawMessages = (canvas, scene) => {
  const { run, axis, c } = scene;
  const height = run.nodes * messageRow(run) + 8;
  const g = canvas.start(axis.width, height + AXIS_ROW);
  drawGround(g, run, axis, c, height);
  drawNodeLines(g, scene);
  g.save();
  g.beginPath();
  g.rect(axis.gutter, 0, axis.plot(), height);
  g.clip();
  drawServed(g, scene);
  const seen = seenMessages(scene);
  scene.messages.seen = seen.rows || [];
  if (seen.dense) drawCounts(g, scene, seen.dense);
  else {
    const number = seen.rows.length / axis.views;
    const style = { width: number > 300 ? 1 : 1.4, arrows: number < 600 };
    g.globalAlpha = number > 800 ? 0.6 : 1;
    for (const row of seen.rows) drawMessage(g, row, scene, style);
    g.globalAlpha = 1;
    if (number <= MOST_WORDS && axis.width > 560) drawWords(g, seen.rows, scene);
  }
  const marked = scene.belonging.filter(({ kind }) => kind === 'message').slice(0, 200);
  for (const { row } of marked) drawMessage(g, row, scene, { colour: c.focus, width: 2, arrows: true });
  for (const item of [scene.hovered, scene.selected]) {
    if (item && item.kind === 'message') drawMessage(g, item.row, scene, { colour: c.focus, width: 3.5, arrows: true });
  }
  g.restore();
  drawAbove(g, run, axis, c, height);
  drawTicks(g, axis, c, height + AXIS_ROW / 2);
};

const apart = (x, y, [x1, y1, x2, y2]) => {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2 || 1;
  const part = Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length));
  return Math.hypot(x - x1 - part * (x2 - x1), y - y1 - part * (y2 - y1));
};

const messageHit = (x, y, scene) => {
  let [best, least] = [null, 7];
  for (const row of scene.messages.seen || []) {
    const far = apart(x, y, lineOf(row, scene));
    if (far < least) [best, least] = [{ kind: 'message', row }, far];
  }
  return best;
};

// What of the messages is not on the page, in words.
const messagesLeftOut = ({ rows, told, leftOut }) => {
  const [from, to] = told;
  const parts = [];
  if (to - from < rows) {
    parts.push(`Of ${rows.toLocaleString('en')} messages the ${(to - from).toLocaleString('en')} nearest to the violation have all their words here; the others only their kind`);
  }
  if (leftOut > 0) parts.push(`${leftOut.toLocaleString('en')} more messages are not on this page`);
  return parts.length > 0 ? `${parts.join('. ')}. What was recorded stands in messages.jsonl.` : '';
};
