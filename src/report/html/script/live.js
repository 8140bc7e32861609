'use strict';
// Asks the server for this page again and puts what is new in its place; what is the same stays, with
// its focus. The table keeps its order and its filter.
{
  const EVERY = 1000;
  let tag = null;

  const put = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    copies(fresh);
    old.replaceWith(fresh);
    if (focused) [...fresh.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  };
  const isSame = (old, fresh) => {
    const plain = old.cloneNode(true);
    plain.querySelectorAll('pre.command button').forEach((button) => button.remove());
    return plain.isEqualNode(fresh);
  };
  const renew = (page) => {
    document.title = page.title;
    const main = document.querySelector('main');
    const fresh = [...page.querySelector('main').children];
    const table = document.getElementById('all');
    const ids = new Set(fresh.map(({ id }) => id));
    for (const old of [...main.children]) if (!ids.has(old.id)) old.remove();
    let behind = null;
    for (const part of fresh.reverse()) {
      const old = document.getElementById(part.id);
      if (part.id === 'runs' && old && table) {
        old.querySelector('p').replaceWith(part.querySelector('p'));
        const rows = [...part.querySelectorAll('#all tbody tr')];
        table.dispatchEvent(new CustomEvent('renew', { detail: rows }));
      } else if (part.id === 'runs' && part.querySelector('table')) {
        // Its script does not run in a part that is put in.
        location.reload();
        return;
      } else if (!old) main.insertBefore(part, behind);
      else if (!isSame(old, part)) put(old, part);
      behind = document.getElementById(part.id);
    }
  };

  const ask = async () => {
    const answer = await fetch(location.pathname, { cache: 'no-store', headers: tag ? { 'If-None-Match': tag } : {} });
    if (!answer.ok) return;
    tag = answer.headers.get('ETag');
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (page.documentElement.dataset.live) renew(page);
    else location.reload();
  };
  const turn = async () => {
    // A server that is gone may come back.
    try { if (!document.hidden) await ask(); } catch { tag = null; }
    setTimeout(turn, EVERY);
  };
  setTimeout(turn, EVERY);
}
