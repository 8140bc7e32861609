'use strict';
// Nothing here is needed to read the page: it copies commands and zooms.

for (const box of document.querySelectorAll('pre.command')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'copy';
  button.addEventListener('click', async () => {
    const text = box.querySelector('code').textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(box.querySelector('code'));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand('copy');
    }
    button.textContent = 'copied';
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
  });
  box.append(button);
}

// What does not fit is scrolled to what matters.
for (const plot of document.querySelectorAll('.plot')) {
  const svg = plot.querySelector('svg');
  const mark = plot.querySelector('.moment') || plot.querySelector('.guilty');
  if (!mark || svg.clientWidth <= plot.clientWidth) continue;
  const place = mark.getBoundingClientRect().left - plot.getBoundingClientRect().left;
  plot.scrollLeft += place - plot.clientWidth * 0.7;
}

for (const zoomable of document.querySelectorAll('.zoomable')) {
  const plot = zoomable.querySelector('.plot');
  const svg = plot && plot.querySelector('svg');
  if (!svg) continue;
  let zoom = 1;
  // Keeps the place under `at` (from 0 to 1, across what is seen) where it is.
  const set = (next, at) => {
    next = Math.min(64, Math.max(1, next));
    const place = (plot.scrollLeft + at * plot.clientWidth) / svg.clientWidth;
    zoom = next;
    svg.style.width = `${100 * zoom}%`;
    svg.classList.toggle('near', zoom >= 4);
    svg.classList.toggle('close', zoom >= 16);
    plot.scrollLeft = place * svg.clientWidth - at * plot.clientWidth;
    shown.textContent = `${Math.round(zoom * 10) / 10} ×`;
  };
  const moment = () => {
    const line = svg.querySelector('.moment');
    if (!line) return;
    set(Math.max(zoom, 8), 0.5);
    plot.scrollLeft = line.x1.baseVal.value - plot.clientWidth / 2;
  };
  const bar = document.createElement('div');
  bar.className = 'zoom';
  const shown = document.createElement('span');
  const button = (name, act) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = name;
    made.addEventListener('click', act);
    bar.append(made);
  };
  button('−', () => set(zoom / 2, 0.5));
  button('+', () => set(zoom * 2, 0.5));
  button('all', () => set(1, 0));
  if (svg.querySelector('.moment')) button('to the violation', moment);
  bar.append(shown);
  zoomable.prepend(bar);
  plot.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const at = (event.clientX - plot.getBoundingClientRect().left) / plot.clientWidth;
    set(zoom * Math.exp(-event.deltaY / 200), at);
  }, { passive: false });
}
