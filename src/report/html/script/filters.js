// Filters: by key, client, node and kind.

const makeFilters = (run, bar, changed) => {
  const { operations: ops, messages } = run;
  const field = (name, made) => {
    const label = document.createElement('label');
    label.append(`${name} `, made);
    bar.append(label);
    made.dataset.filter = name;
    made.addEventListener('input', changed);
    return made;
  };
  const select = (name, groups) => {
    const made = document.createElement('select');
    made.append(new Option('all', ''));
    for (const [title, options] of groups) {
      const group = title ? document.createElement('optgroup') : made;
      if (title) group.label = title;
      for (const [text, value] of options) group.append(new Option(text, value));
      if (title && options.length > 0) made.append(group);
    }
    return field(name, made);
  };
  const keys = document.createElement('datalist');
  keys.id = 'keys';
  for (const key of ops.keys.slice(0, 300)) keys.append(new Option(key));
  const key = document.createElement('input');
  key.setAttribute('list', 'keys');
  key.placeholder = 'all';
  key.size = 7;
  bar.append(keys);
  field('key', key);
  const lanes = [...new Set(ops.lane)].sort((a, b) => a - b);
  const client = select('client', [['', lanes.map((lane) => [String(lane), String(lane)])]]);
  const nodes = Array.from({ length: run.nodes }, (_, at) => [`n${at + 1}`, String(at + 1)]);
  const node = select('node', [['', nodes]]);
  const said = messages ? messageKinds(run) : [];
  const kind = select('kind', [
    ['operations', [...ops.fs.map((f, at) => [f, `f${at + 1}`]), ['answered', 'o0'], ['failed', 'o1'],
      ['outcome unknown', 'o2'], ['part of the violation', 'guilty']]],
    ['messages', messages ? [...said.map(({ name }, at) => [name, `m${at}`]), ['dropped', 'dropped'],
      ['doubled', 'again'], ['overtaken', 'overtaken']] : []],
  ]);
  const clear = () => {
    const set = [key, client, node, kind].some((field) => field.value !== '');
    for (const field of [key, client, node, kind]) field.value = '';
    if (set) changed();
  };
  return { clear, read: () => readFilter(run, { key, client, node, kind }, said) };
};

// The words that begin messages, each with the phrases that begin so.
const messageKinds = (run) => {
  const { messages, phrases } = run;
  const used = new Set();
  for (let row = 0; row < messages.rows; row++) used.add(messages.text.phrase(row));
  const kinds = new Map();
  for (const place of used) {
    const name = (phrases[place].join('').match(/[A-Za-z][A-Za-z-]{2,}/) || ['other'])[0];
    if (!kinds.has(name)) kinds.set(name, new Set());
    kinds.get(name).add(place);
  }
  return [...kinds].map(([name, places]) => ({ name, places }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, 60);
};

const readFilter = (run, fields, said) => {
  const { operations: ops, messages } = run;
  const [key, kind] = [fields.key.value, fields.kind.value];
  const [client, node] = [fields.client.value, fields.node.value];
  const exact = ops.keys.includes(key);
  const wanted = key && ops.keys.map((name) => (exact ? name === key : name.includes(key)));
  const ofOperations = kind === 'guilty' || /^[fo]\d/.test(kind);
  const number = Number(kind.slice(1));
  const kindOfOp = (row) => {
    if (!ofOperations) return true;
    if (kind === 'guilty') return ops.guilty[row] === 1;
    return kind[0] === 'f' ? ops.f[row] === number : ops.outcome[row] === number;
  };
  const kindOfMessage = (row) => {
    if (!kind || ofOperations) return true;
    if (kind[0] === 'm') return said[number].places.has(messages.text.phrase(row));
    return messages[kind].has(row);
  };
  return {
    any: Boolean(key || client || node || kind),
    op: (row) => (!key || (ops.key[row] > 0 && wanted[ops.key[row] - 1]))
      && (!client || ops.lane[row] === Number(client))
      && (!node || ops.nodes[ops.node[row] - 1] === `n${node}`)
      && kindOfOp(row),
    // What concerns no node in particular goes through.
    node: (id) => !node || id === 0 || id === Number(node),
    message: (row) => (!node || messages.from[row] === Number(node) || messages.to[row] === Number(node))
      && kindOfMessage(row),
  };
};
