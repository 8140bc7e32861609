// Reads the block of data: columns of varints in base64, texts as phrases with numbers.

const bytesOf = (text) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
};

// Calls `take` with each number of a column and its place.
const eachNumber = (text, take) => {
  const bytes = bytesOf(text);
  let place = 0;
  let number = 0;
  let unit = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    number += (byte & 0x7f) * unit;
    if (byte < 0x80) {
      take(number, place++);
      number = 0;
      unit = 1;
    } else {
      unit *= 128;
    }
  }
  return place;
};

const column = (text, rows, Kind = Float64Array) => {
  const numbers = new Kind(rows);
  eachNumber(text, (number, place) => { numbers[place] = number; });
  return numbers;
};

const summed = (numbers) => {
  for (let i = 1; i < numbers.length; i++) numbers[i] += numbers[i - 1];
  return numbers;
};

const rising = (text, rows) => summed(column(text, rows));

// As many numbers as there are.
const list = (text) => {
  const numbers = [];
  eachNumber(text, (number) => { numbers.push(number); });
  return numbers;
};

const risingList = (text) => summed(list(text));

// 0, 1, 2, 3, … stand for 0, -1, 1, -2, …
const signed = (zigzag) => (zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2);

// A column of texts: each is put together when it is asked for.
const texts = (packed, rows, phrases) => {
  const code = column(packed.phrases, rows, Uint32Array);
  const offset = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    offset[row + 1] = offset[row] + (code[row] & 1 ? phrases[code[row] >>> 1].length - 1 : 0);
  }
  const numbers = column(packed.numbers, offset[rows], Float64Array);
  const last = new Map();
  for (let row = 0; row < rows; row++) {
    if (!(code[row] & 1)) continue;
    let before = last.get(code[row]);
    if (!before) last.set(code[row], before = new Float64Array(offset[row + 1] - offset[row]));
    for (let slot = 0; slot < before.length; slot++) {
      const at = offset[row] + slot;
      before[slot] += signed(numbers[at]);
      numbers[at] = before[slot];
    }
  }
  const text = (row) => {
    const parts = phrases[code[row] >>> 1];
    let said = parts[0];
    for (let slot = 1; slot < parts.length; slot++) {
      said += (code[row] & 1 ? numbers[offset[row] + slot - 1] : '…') + parts[slot];
    }
    return said;
  };
  // What does not differ from one message of a kind to the next.
  text.phrase = (row) => code[row] >>> 1;
  return text;
};

const operationsOf = (table, end, phrases) => {
  const { rows } = table;
  const call = rising(table.call, rows);
  const took = column(table.took, rows);
  const ops = {
    rows,
    call,
    took,
    end: call.map((from, row) => (took[row] ? from + took[row] - 1 : Math.max(end, from))),
    process: column(table.process, rows),
    lane: column(table.lane, rows),
    f: column(table.f, rows, Uint32Array),
    key: column(table.key, rows, Uint32Array),
    node: column(table.node, rows, Uint32Array),
    outcome: column(table.outcome, rows, Uint8Array),
    guilty: new Uint8Array(rows),
    text: texts(table.text, rows, phrases),
    fs: table.fs.all,
    keys: table.keys.all,
    nodes: table.nodes.all,
  };
  for (const row of table.guilty) ops.guilty[row] = 1;
  return ops;
};

const messagesOf = (table, nodes, operations, phrases) => {
  const { rows } = table;
  const sent = rising(table.sent, rows);
  const took = column(table.took, rows);
  const link = column(table.link, rows, Uint32Array);
  const messages = {
    rows,
    sent,
    // Never is not a number.
    at: sent.map((time, row) => (took[row] ? time + took[row] - 1 : NaN)),
    from: new Uint16Array(rows),
    to: new Uint16Array(rows),
    longest: 0,
    again: new Map(),
    dropped: new Map(),
    overtaken: new Set(risingList(table.overtaken)),
    unheard: new Set(risingList(table.unheard)),
    text: texts(table.text, rows, phrases),
    told: table.told,
    leftOut: table.left_out,
    carried: carriedOf(table.carried, operations),
  };
  for (let row = 0; row < rows; row++) {
    messages.from[row] = Math.floor(link[row] / nodes) + 1;
    messages.to[row] = link[row] % nodes + 1;
    if (took[row] > messages.longest) messages.longest = took[row];
  }
  const again = list(table.again.number);
  risingList(table.again.row).forEach((row, place) => {
    messages.longest = Math.max(messages.longest, again[place]);
    messages.again.set(row, sent[row] + again[place]);
  });
  const why = list(table.dropped.number);
  risingList(table.dropped.row).forEach((row, place) => messages.dropped.set(row, why[place]));
  return messages;
};

// Which messages carry which operations, from both sides: the places of an operation's messages, and
// of a message's operations, stand behind each other.
const carriedOf = (table, operations) => {
  const row = risingList(table.row);
  const operation = summed(list(table.operation).map(signed));
  const start = new Uint32Array(operations + 1);
  for (const own of operation) start[own + 1] += 1;
  for (let own = 0; own < operations; own++) start[own + 1] += start[own];
  const next = start.slice();
  const messages = new Uint32Array(row.length);
  operation.forEach((own, at) => { messages[next[own]++] = row[at]; });
  return {
    messagesOf: (own) => [...messages.subarray(start[own], start[own + 1])],
    operationsOf: (message) => {
      const found = [];
      for (let at = lowerBound(row, row.length, message); row[at] === message; at++) found.push(operation[at]);
      return found;
    },
  };
};

const spansOf = (table, phrases) => {
  const { rows } = table;
  const from = rising(table.from, rows);
  const took = column(table.took, rows);
  return {
    rows,
    from,
    to: from.map((time, row) => time + took[row]),
    node: column(table.node, rows, Uint16Array),
    kind: column(table.kind, rows, Uint8Array),
    resource: column(table.resource, rows),
    text: texts(table.text, rows, phrases),
  };
};

const readRun = (block) => {
  // In a phrase U+0001 stands for a number.
  const phrases = block.phrases.map((phrase) => phrase.split('\u0001'));
  const { commits, logs } = block;
  return {
    ...block,
    phrases,
    operations: operationsOf(block.operations, block.end, phrases),
    spans: spansOf(block.spans, phrases),
    commits: {
      rows: commits.rows,
      thinned: commits.thinned,
      time: rising(commits.time, commits.rows),
      node: column(commits.node, commits.rows, Uint16Array),
      index: column(commits.index, commits.rows),
    },
    messages: block.messages && messagesOf(block.messages, block.nodes, block.operations.rows, phrases),
    logs: {
      rows: logs.rows,
      leftOut: logs.left_out,
      time: rising(logs.time, logs.rows),
      node: column(logs.node, logs.rows, Uint16Array),
      topic: column(logs.topic, logs.rows, Uint8Array),
      topics: logs.topics,
      text: texts(logs.text, logs.rows, phrases),
    },
  };
};

// The first place in `rows` whose time is at least (or, with `past`, beyond) this.
const firstAt = (rows, times, time, past = false) => {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = times[rows[middle]];
    if (at < time || (past && at === time)) low = middle + 1;
    else high = middle;
  }
  return low;
};

// The rows of a table for which this holds, by a number from 0 to `groups`.
const grouped = (table, groups, groupOf, holds) => {
  const all = Array.from({ length: groups + 1 }, () => []);
  for (let row = 0; row < table.rows; row++) {
    if (holds(row)) all[groupOf(row)].push(row);
  }
  return all;
};
