// Text whose contrast with what is behind it is below 4.5 (3 where it is large).
() => {
  const channel = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const over = (top, below) => {
    const a = top[3] ?? 1;
    return [0, 1, 2].map((i) => top[i] * a + below[i] * (1 - a));
  };
  const behind = (e) => {
    const found = [];
    for (; e; e = e.parentElement) found.unshift(parse(getComputedStyle(e).backgroundColor));
    return found.reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const wrong = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.closest("title, script, noscript, svg, option")) continue;
    const style = getComputedStyle(e);
    const back = behind(e);
    let opacity = 1;
    for (let p = e; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
    const ink = parse(style.color);
    const front = over([...ink.slice(0, 3), (ink[3] ?? 1) * opacity], back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
      wrong.add(`${ratio.toFixed(2)} ${e.className || e.tagName}: ${walker.currentNode.textContent.trim().slice(0, 30)}`);
  }
  return [...wrong];
}
