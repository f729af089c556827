// What is wrong with the layout of a page: text that is cut, or that lies over other text.
async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  const wrong = [];
  for (const image of document.images) {
    if (!image.naturalWidth) wrong.push(`not loaded: ${image.src}`);
    if (!image.alt.trim()) wrong.push(`no alt text: ${image.src}`);
  }
  const main = document.querySelector("article") ?? document.body;
  const content = document.querySelector(".content") ?? document.body; // menus wait outside of it
  if (content.scrollWidth > content.clientWidth + 1) wrong.push("the page scrolls sideways");

  const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowX);
  const inScroller = (e) => {
    for (; e && e !== main; e = e.parentElement) if (scrolls(e)) return true;
    return false;
  };
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const boxes = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.textContent.trim() || !parent.checkVisibility({ visibilityProperty: true })) continue;
    if (parent.closest("title, script, noscript, option, select, .visually-hidden, thead")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 2 || box.height < 2) continue;
      const words = node.textContent.trim().slice(0, 40);
      if (!inScroller(parent)) {
        if (box.right > innerWidth + 1 || box.left < -1) wrong.push(`cut: ${words}`);
        boxes.push({ box, node, words });
      }
    }
  }
  boxes.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length; j++) {
      const [a, b] = [boxes[i].box, boxes[j].box];
      if (b.top > a.bottom) break;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const least = Math.min(a.height, b.height);
      if (boxes[i].node !== boxes[j].node && across > 2 && down > least / 2)
        wrong.push(`overlap: ${boxes[i].words} / ${boxes[j].words}`);
    }
  }
  return wrong;
}
