'use strict';
// Nothing here is needed to read the page: it copies commands and scrolls to what matters.

const copies = (part) => part.querySelectorAll('pre.command').forEach((box) => {
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
});
copies(document);

// What does not fit is scrolled to what matters.
for (const plot of document.querySelectorAll('.plot')) {
  const svg = plot.querySelector('svg');
  const mark = plot.querySelector('.moment') || plot.querySelector('.guilty');
  if (!mark || svg.clientWidth <= plot.clientWidth) continue;
  const place = mark.getBoundingClientRect().left - plot.getBoundingClientRect().left;
  plot.scrollLeft += place - plot.clientWidth * 0.7;
}
