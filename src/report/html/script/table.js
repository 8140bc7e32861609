'use strict';
// The table of runs sorts and filters; without this it is read as it stands.
{
  const table = document.getElementById('all');
  const body = table.tBodies[0];
  let rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.by ?? row.cells[column].textContent;

  let order = null;
  const sort = (column, way) => {
    order = [column, way];
    const numbers = rows.length > 0 && rows[0].cells[column].dataset.by !== undefined;
    const compare = numbers
      ? (a, b) => Number(key(a, column)) - Number(key(b, column))
      : (a, b) => key(a, column).localeCompare(key(b, column));
    rows.sort((a, b) => (way === 'ascending' ? compare(a, b) : compare(b, a)));
    body.append(...rows);
    for (const head of heads) head.removeAttribute('aria-sort');
    heads[column].setAttribute('aria-sort', way);
  };

  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') === 'ascending';
      sort(column, up ? 'descending' : 'ascending');
    });
    head.replaceChildren(button);
  });

  const tools = document.createElement('p');
  tools.className = 'tools';
  const labelled = (words, control) => {
    const label = document.createElement('label');
    label.append(`${words} `, control);
    tools.append(label);
    return control;
  };
  const verdict = labelled('verdict', document.createElement('select'));
  for (const name of ['all', 'invalid', 'unknown', 'valid']) {
    const option = document.createElement('option');
    option.textContent = name;
    verdict.append(option);
  }
  const search = labelled('with the words', document.createElement('input'));
  search.type = 'search';
  const shown = document.createElement('span');
  shown.setAttribute('role', 'status');
  tools.append(shown);

  const filter = () => {
    const words = search.value.toLowerCase();
    let seen = 0;
    for (const row of rows) {
      const fits = verdict.value === 'all' || row.cells[1].textContent === verdict.value;
      row.hidden = !(fits && row.textContent.toLowerCase().includes(words));
      if (!row.hidden) seen += 1;
    }
    shown.textContent = `${seen} of ${rows.length} shown`;
  };
  verdict.addEventListener('change', filter);
  search.addEventListener('input', filter);
  filter();
  table.parentElement.before(tools);

  // Other rows, such as those of a campaign that has gone on, in the order that was asked for.
  table.addEventListener('renew', ({ detail }) => {
    rows = detail;
    body.replaceChildren(...rows);
    if (order) sort(...order);
    filter();
  });
}
