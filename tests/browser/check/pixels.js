// Two pictures of one page, compared pixel by pixel.

import { PNG } from "pngjs";

/** How many pixels differ outside the areas `{x, y, width, height}`, and where the first one is. */
export function differing(one, other, masked = []) {
  const [a, b] = [PNG.sync.read(one), PNG.sync.read(other)];
  if (a.width !== b.width || a.height !== b.height) return { count: Infinity, first: `${a.width}×${a.height} and ${b.width}×${b.height}` };
  const isMasked = (x, y) => masked.some((area) => x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height);
  let count = 0;
  let first = null;
  for (let at = 0; at < a.data.length; at += 4) {
    if (a.data.readUInt32BE(at) === b.data.readUInt32BE(at)) continue;
    const [x, y] = [(at / 4) % a.width, Math.floor(at / 4 / a.width)];
    if (isMasked(x, y)) continue;
    count += 1;
    first ??= `${x}, ${y}`;
  }
  return { count, first };
}

const BLOCK = 24;
const FAR = 10;

/** The share of blocks, 24 pixels wide and high, that are clearly lighter or darker in one than in the other: letters and dates do
    not change a block much, what stands elsewhere does. */
export function unlike(one, other) {
  const [a, b] = [PNG.sync.read(one), PNG.sync.read(other)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  const [of, against] = [blocks(a), blocks(b)];
  return of.filter((light, at) => Math.abs(light - against[at]) > FAR).length / of.length;
}

/** How light each block is, from 0 to 255. */
function blocks({ width, height, data }) {
  const found = [];
  for (let top = 0; top + BLOCK <= height; top += BLOCK) {
    for (let left = 0; left + BLOCK <= width; left += BLOCK) {
      let sum = 0;
      for (let y = top; y < top + BLOCK; y += 1) for (let x = left; x < left + BLOCK; x += 1) sum += data[(y * width + x) * 4 + 1];
      found.push(sum / BLOCK ** 2);
    }
  }
  return found;
}
