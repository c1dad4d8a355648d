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

/** The size of a picture, in pixels. */
export function sizeOf(bytes) {
  const { width, height } = PNG.sync.read(bytes);
  return `${width}×${height}`;
}
