// What can be pointed at, each with its time, its words and what belongs to it: an operation, a
// span of a node, a fault, a fact, a message, a line of a log. An item is `{ kind, row }`.

const OUTCOMES = ['ok', 'fail', 'info'];
const OUTCOME_WORDS = ['answered', 'failed, surely not done', 'outcome unknown'];
const SPANS = ['follower', 'candidate', 'leader', 'killed', 'paused', 'crashed', 'follows',
  'lease', 'election'];
// So many belonging items are listed.
const BELONGING = 60;

const same = (a, b) => Boolean(a && b && a.kind === b.kind && a.row === b.row);

const makeItems = (run) => {
  const { operations: ops, spans, messages, logs, faults, facts } = run;
  const node = (id) => `n${id}`;
  const between = (from, to) => `${seconds(from, 6)} to ${seconds(to, 6)}, ${span(to - from)}`;

  const fate = (row) => {
    const parts = [];
    const why = messages.dropped.get(row);
    if (why === 0) parts.push('lost by the link');
    else if (why !== undefined) parts.push(`dropped by ${faultName(why - 1)}`);
    else if (Number.isNaN(messages.at[row])) parts.push('still under way at the end');
    else parts.push(`arrived ${seconds(messages.at[row], 6)}, after ${span(messages.at[row] - messages.sent[row])}`);
    if (messages.again.has(row)) parts.push(`and a second time at ${seconds(messages.again.get(row), 6)}`);
    if (messages.overtaken.has(row)) parts.push('overtaken by a later one');
    if (messages.unheard.has(row)) parts.push('the receiver was dead');
    return parts.join(', ');
  };
  const faultName = (place) => (faults[place] ? `the fault “${faults[place].what}”` : 'a fault');

  const carriedOf = (row) => (messages ? messages.carried.messagesOf(row) : []);

  // The messages that carry an operation. Where none says that it does, as where it is only read
  // what is known, those of the node that worked on it, meanwhile.
  const messagesOfOperation = (row) => {
    const carried = carriedOf(row);
    if (carried.length > 0) return carried.map((message) => ({ kind: 'message', row: message }));
    return messagesMeanwhile(row);
  };
  const messagesMeanwhile = (row) => {
    const server = Number((ops.nodes[ops.node[row] - 1] || '').replace(/^n/, ''));
    if (!messages || !(server > 0)) return [];
    const found = [];
    const all = { length: messages.rows };
    let at = lowerBound(messages.sent, all.length, ops.call[row] - messages.longest);
    for (; at < all.length && messages.sent[at] <= ops.end[row]; at++) {
      const sends = messages.from[at] === server && messages.sent[at] >= ops.call[row];
      const hears = messages.to[at] === server && messages.at[at] >= ops.call[row]
        && messages.at[at] <= ops.end[row];
      if (sends || hears) found.push({ kind: 'message', row: at });
    }
    return found;
  };

  // The operations that were under way at a node.
  const operationsOfNode = (id, time) => {
    const found = [];
    const last = lowerBound(ops.call, ops.rows, time + 1);
    for (let row = Math.max(0, last - 2000); row < last; row++) {
      const server = ops.nodes[ops.node[row] - 1];
      if (ops.end[row] >= time && server === node(id)) found.push({ kind: 'op', row });
    }
    return found;
  };

  const kinds = {
    op: {
      from: (row) => ops.call[row],
      to: (row) => ops.end[row],
      title: (row) => `${ops.guilty[row] ? '✗ ' : ''}client ${ops.process[row]}: ${ops.text(row)}`,
      lines: (row) => {
        const server = ops.nodes[ops.node[row] - 1];
        const end = ops.took[row] ? between(ops.call[row], ops.end[row])
          : `called ${seconds(ops.call[row], 6)}, never ended`;
        const lines = [`${OUTCOME_WORDS[ops.outcome[row]]}${server ? ` by ${server}` : ''}; ${end}`];
        if (ops.guilty[row]) lines.push('part of the violation');
        return lines;
      },
      belonging: messagesOfOperation,
      about: (row) => {
        if (carriedOf(row).length > 0) return 'Messages that carry it';
        const server = ops.nodes[ops.node[row] - 1];
        return server ? `Messages of ${server} while it was under way` : '';
      },
    },
    span: {
      from: (row) => spans.from[row],
      to: (row) => spans.to[row],
      title: (row) => `${spans.node[row] ? `${node(spans.node[row])}: ` : ''}${spans.text(row)}`,
      lines: (row) => [between(spans.from[row], spans.to[row])],
    },
    fault: {
      from: (row) => faults[row].from,
      to: (row) => (faults[row].to === null ? run.end : faults[row].to),
      title: (row) => faults[row].what,
      lines: (row) => [
        faults[row].told,
        `${faults[row].applied ? 'applied' : 'not applied'}, ${faults[row].effective ? 'effective' : 'without effect'}`,
      ],
    },
    fact: {
      from: (row) => facts[row].time,
      to: (row) => facts[row].time,
      title: (row) => `fact ${row + 1}: ${facts[row].node ? `${node(facts[row].node)} ` : ''}${facts[row].text}`,
      lines: (row) => [seconds(facts[row].time, 6)],
    },
    message: {
      from: (row) => messages.sent[row],
      to: (row) => (Number.isNaN(messages.at[row]) ? messages.sent[row] : messages.at[row]),
      title: (row) => `${node(messages.from[row])} → ${node(messages.to[row])}: ${messages.text(row)}`,
      lines: (row) => [`sent ${seconds(messages.sent[row], 6)}; ${fate(row)}`],
      belonging: (row) => {
        const carried = messages.carried.operationsOf(row);
        if (carried.length > 0) return carried.map((own) => ({ kind: 'op', row: own }));
        return operationsOfNode(messages.to[row], messages.at[row])
          .concat(operationsOfNode(messages.from[row], messages.sent[row]));
      },
      about: (row) => (messages.carried.operationsOf(row).length > 0
        ? 'Operations that it carries' : 'Operations under way at its two ends'),
    },
    log: {
      from: (row) => logs.time[row],
      to: (row) => logs.time[row],
      title: (row) => `${node(logs.node[row])}: ${logs.text(row)}`,
      lines: (row) => [`${logs.topics[logs.topic[row]]}, ${seconds(logs.time[row], 6)}`],
    },
  };
  const of = (item) => kinds[item.kind];
  return {
    from: (item) => of(item).from(item.row),
    to: (item) => of(item).to(item.row),
    title: (item) => of(item).title(item.row),
    lines: (item) => of(item).lines(item.row),
    belonging: (item) => (of(item).belonging ? of(item).belonging(item.row) : []),
    about: (item) => (of(item).about ? of(item).about(item.row) : ''),
    times: {
      op: ops.call,
      span: spans.from,
      fault: faults.map(({ from }) => from),
      message: messages && messages.sent,
      log: logs.time,
    },
  };
};

// The first place of a sorted column with at least this.
const lowerBound = (column, rows, least) => {
  let [low, high] = [0, rows];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
};
