// What a reader sees of a letter, as one object. Run in the page.
(() => {
  const problems = [];
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  // The colour behind an element: the nearest that is not see-through.
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) problems.push(`it is ${document.documentElement.scrollWidth} wide`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement: element } = texts.currentNode;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const boxes = [...range.getClientRects()];
    if (!data.trim() || !boxes.length) continue;
    const said = data.trim().slice(0, 40);
    if (boxes.some((box) => box.left < 0 || box.right > width)) problems.push(`"${said}" leaves the page`);
    const ratio = contrast(channels(getComputedStyle(element).color), ground(element));
    if (ratio < 4.5) problems.push(`"${said}" is hard to read: ${ratio.toFixed(2)}`);
    if (parseFloat(getComputedStyle(element).fontSize) < 13) problems.push(`"${said}" is too small`);
  }
  const links = [...document.querySelectorAll('a')].map((link) => {
    link.scrollIntoView({ block: 'center' });
    const [box] = link.getClientRects();
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!link.contains(hit)) problems.push(`"${link.textContent}" is not what a click there meets`);
    return { href: link.href, text: link.textContent.trim(), height: Math.round(link.getBoundingClientRect().height) };
  });
  const pictures = [...document.images].map((image) => {
    if (!image.hasAttribute('alt')) problems.push('a picture says nothing to whoever does not see it');
    return { src: image.src, loaded: image.complete && image.naturalWidth > 0, height: image.getBoundingClientRect().height };
  });
  const button = document.querySelector('.button');
  return {
    problems, links, pictures,
    ground: ground(document.querySelector('.card')).slice(0, 3),
    button: ground(button).slice(0, 3), language: document.documentElement.lang, title: document.title,
    scripts: document.scripts.length, visible: document.body.innerText,
  };
})()
