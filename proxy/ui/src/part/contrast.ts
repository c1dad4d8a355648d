// How text reads on a colour (WCAG 2.2): a ratio from 1 to 21.

export interface Reading {
  /** Of the better of black and white text. */
  readonly ratio: number;
  readonly text: "#ffffff" | "#000000";
  /** Against white paper. */
  readonly onPaper: number;
}

export function reading(color: string): Reading | null {
  const light = luminance(color);
  if (light === null) return null;
  const white = ratio(light, 1);
  const black = ratio(light, 0);
  return { ratio: Math.max(white, black), text: white >= 4.5 || white >= black ? "#ffffff" : "#000000", onPaper: white };
}

function ratio(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

export function luminance(color: string): number | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(color)?.[1];
  if (!digits) return null;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const channel = parseInt(digits.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
