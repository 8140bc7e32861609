// What can be measured of any page: an object of numbers and words.
(() => {
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
  const nameless = [];
  const place = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class')}`;
  const own = (element) => [...element.childNodes]
    .some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
  // In a figure the ground of a text is what was drawn before it, under its begin: its end may be cut.
  const drawnUnder = (text) => {
    const box = text.getBoundingClientRect();
    const [x, y] = [box.left + 1, box.top + box.height / 2];
    const before = (shape) => shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
    const covers = (shape) => {
      const { left, right, top, bottom } = shape.getBoundingClientRect();
      return left <= x && x <= right && top <= y && y <= bottom;
    };
    const opaque = (shape) => {
      const { fill, opacity } = getComputedStyle(shape);
      return fill.startsWith('rgb') && parse(fill)[3] === 1 && Number(opacity) === 1;
    };
    const shapes = [...text.closest('svg:not(svg svg)').querySelectorAll('rect, circle')];
    const last = shapes.filter((shape) => before(shape) && covers(shape) && opaque(shape)).pop();
    return last ? parse(getComputedStyle(last).fill) : ground(text.closest('svg:not(svg svg)').parentElement);
  };
  // A text in a figure of its own that is too narrow for it is cut off.
  const isCut = (element) => {
    const figure = element instanceof SVGElement && element.closest('svg svg');
    return figure && element.getBBox().x + 2 >= figure.width.baseVal.value;
  };
  for (const element of document.querySelectorAll('body *')) {
    if (!own(element) || !element.checkVisibility() || isCut(element)) continue;
    if (['SCRIPT', 'STYLE', 'OPTION', 'TITLE', 'title'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const drawn = element instanceof SVGElement;
    const ratio = contrast(parse(drawn ? style.fill : style.color), drawn ? drawnUnder(element) : ground(element));
    if (ratio < (large ? 3 : 4.5)) {
      faint.push(`${ratio.toFixed(2)} ${place(element)} ${element.textContent.trim().slice(0, 30)}`);
    }
  }
  for (const control of document.querySelectorAll('button, a, input, select, [tabindex]')) {
    const named = control.getAttribute('aria-label') || control.textContent.trim()
      || control.labels?.[0]?.textContent.trim();
    if (!named) nameless.push(place(control));
  }

  const top = (selector) => document.querySelector(selector)?.getBoundingClientRect();
  return {
    window: innerWidth,
    inside: document.documentElement.clientWidth,
    content: document.documentElement.scrollWidth,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    faint: [...new Set(faint)].slice(0, 20),
    nameless,
    headings: document.querySelectorAll('h1').length,
    headline: top('h1')?.bottom,
    counterexample: top('#counterexample')?.top,
  };
})()
