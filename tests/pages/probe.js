'use strict';
// Measures the page that it stands behind, and leaves what it found as JSON.
addEventListener('load', () => {
  const parse = (colour) => {
    const numbers = (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    return numbers.length === 3 ? [...numbers, 1] : numbers;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  // Relative luminance and contrast as WCAG 2 defines them.
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  const faint = [];
  const own = (element) => [...element.childNodes]
    .some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
  for (const element of document.querySelectorAll('body *')) {
    if (element instanceof SVGElement || !own(element) || !element.checkVisibility()) continue;
    if (['SCRIPT', 'STYLE', 'OPTION'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(parse(style.color), ground(element));
    if (ratio < (large ? 3 : 4.5)) {
      const place = `${element.tagName.toLowerCase()}.${element.className}`;
      faint.push(`${ratio.toFixed(2)} ${place} ${element.textContent.trim().slice(0, 30)}`);
    }
  }

  const top = (selector) => document.querySelector(selector)?.getBoundingClientRect();
  const found = {
    window: innerWidth,
    content: document.documentElement.scrollWidth,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    resources: performance.getEntriesByType('resource').length,
    faint: [...new Set(faint)].slice(0, 20),
    headline: top('h1')?.bottom,
    counterexample: top('#counterexample')?.top,
    table: null,
  };

  const table = document.getElementById('all');
  if (table) {
    const rows = () => [...table.tBodies[0].rows].filter((row) => !row.hidden);
    const took = () => rows().map((row) => Number(row.cells[7].dataset.by));
    const sorted = (numbers, way) => numbers.every((n, i) => i === 0 || way * (n - numbers[i - 1]) >= 0);
    const head = table.tHead.rows[0].cells[7];
    const button = head.querySelector('button');
    button.focus();
    const reached = document.activeElement === button;
    button.click();
    const up = sorted(took(), 1) && head.getAttribute('aria-sort') === 'ascending';
    button.click();
    const down = sorted(took(), -1);
    const [verdict, search] = document.querySelectorAll('#runs select, #runs input');
    verdict.value = 'invalid';
    verdict.dispatchEvent(new Event('change'));
    const verdicts = [...new Set(rows().map((row) => row.cells[1].textContent))];
    search.value = 'no such words';
    search.dispatchEvent(new Event('input'));
    found.table = {
      reached, up, down, verdicts, sort: head.getAttribute('aria-sort'), nothing: rows().length,
    };
  }

  const words = JSON.stringify(found);
  if (parent !== window) {
    parent.postMessage(words, '*');
    return;
  }
  const pre = document.createElement('pre');
  pre.id = 'probe';
  pre.textContent = words;
  document.body.append(pre);
});
