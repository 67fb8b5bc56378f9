/**
 * Terminal colours of log lines, as data.
 *
 * A container may print any bytes it likes, so nothing of it ever becomes markup: a line is split into pieces of text
 * with class names from a closed set, and React writes the text as text. Sequences that are not SGR (cursor movement,
 * titles, hyperlinks, …) are dropped. ECMA-48, section 8.3.117, and xterm's 256 and direct colours.
 */

export interface Piece {
  text: string;
  classes: string[];
  /** A direct or 256-palette colour, `#rrggbb`, where no class stands for it. */
  color?: string;
  background?: string;
}

interface Style {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  inverse: boolean;
  foreground: Colour | null;
  background: Colour | null;
}

/** One of the 16 named colours (a class, so that both themes keep their contrast), or an exact one. */
type Colour = { named: number } | { hex: string };

const PLAIN: Readonly<Style> = Object.freeze({
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
  foreground: null,
  background: null,
});

const ESC = "\u001b";
// CSI … final, OSC … (BEL | ST), DCS/SOS/PM/APC … ST, two-character escapes, a sequence cut off by the end of the line.
const SEQUENCE = new RegExp(
  `${ESC}\\[([0-?]*)[ -/]*([@-~])` +
    `|${ESC}\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)?` +
    `|${ESC}[PX^_][^${ESC}]*(?:${ESC}\\\\)?` +
    `|${ESC}\\[[0-?]*[ -/]*$` +
    `|${ESC}[ -/]*[0-~]?`,
  "g",
);
// eslint-disable-next-line no-control-regex -- control characters are what is removed here
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/**
 * The pieces of one line. Every line starts plain: lines of several sources are mixed, and a colour must not run on.
 *
 * `\r` within a line means that a progress bar was painted over: only what follows the last one is kept.
 */
export function parseAnsi(line: string): Piece[] {
  const pieces: Piece[] = [];
  let style = PLAIN;
  let position = 0;
  const visible = line.replace(/[\r\n]+$/, "");
  for (const match of visible.matchAll(SEQUENCE)) {
    append(pieces, visible.slice(position, match.index), style);
    position = match.index + match[0].length;
    if (match[2] === "m") style = applySgr(style, match[1] ?? "");
  }
  append(pieces, visible.slice(position), style);
  return pieces;
}

/** The text alone, for searching and copying. */
export function stripAnsi(line: string): string {
  return parseAnsi(line)
    .map((piece) => piece.text)
    .join("");
}

function append(pieces: Piece[], raw: string, style: Readonly<Style>): void {
  const over = raw.lastIndexOf("\r");
  if (over >= 0) pieces.length = 0;
  const text = raw.slice(over + 1).replace(CONTROL, "");
  if (text) pieces.push({ text, ...rendered(style) });
}

function rendered(style: Readonly<Style>): Omit<Piece, "text"> {
  const classes: string[] = [];
  if (style.bold) classes.push("ansi-bold");
  if (style.dim) classes.push("ansi-dim");
  if (style.italic) classes.push("ansi-italic");
  if (style.underline) classes.push("ansi-underline");
  if (style.strike) classes.push("ansi-strike");
  if (style.inverse) classes.push("ansi-inverse");
  const result: Omit<Piece, "text"> = { classes };
  if (style.foreground && "named" in style.foreground) classes.push(`ansi-fg-${style.foreground.named}`);
  else if (style.foreground) result.color = style.foreground.hex;
  if (style.background && "named" in style.background) classes.push(`ansi-bg-${style.background.named}`);
  else if (style.background) result.background = style.background.hex;
  return result;
}

function applySgr(before: Readonly<Style>, parameters: string): Readonly<Style> {
  if (/[^0-9;:]/.test(parameters)) return before; // a private sequence that happens to end in m
  const codes = parameters.split(/[;:]/).map((text) => (text === "" ? 0 : Number(text)));
  let style: Style = { ...before };
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const [colour, used] = extendedColour(codes.slice(index + 1));
      index += used;
      if (colour) style = code === 38 ? { ...style, foreground: colour } : { ...style, background: colour };
    } else {
      style = applyCode(style, code);
    }
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code >= 30 && code <= 37) return { ...style, foreground: { named: code - 30 } };
  if (code >= 90 && code <= 97) return { ...style, foreground: { named: code - 82 } };
  if (code >= 40 && code <= 47) return { ...style, background: { named: code - 40 } };
  if (code >= 100 && code <= 107) return { ...style, background: { named: code - 92 } };
  switch (code) {
    case 0:
      return { ...PLAIN };
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 9:
      return { ...style, strike: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 23:
      return { ...style, italic: false };
    case 24:
      return { ...style, underline: false };
    case 27:
      return { ...style, inverse: false };
    case 29:
      return { ...style, strike: false };
    case 39:
      return { ...style, foreground: null };
    case 49:
      return { ...style, background: null };
    default:
      return style;
  }
}

/** What follows 38 or 48: `5;N` or `2;R;G;B`. Returns the colour and how many codes it took. */
function extendedColour(codes: number[]): [Colour | null, number] {
  if (codes[0] === 5 && codes[1] !== undefined) return [palette(codes[1]), 2];
  if (codes[0] === 2 && codes.length >= 4) return [{ hex: hex(codes[1], codes[2], codes[3]) }, 4];
  return [null, codes.length];
}

function palette(index: number): Colour | null {
  if (index < 0 || index > 255) return null;
  if (index < 16) return { named: index };
  if (index >= 232) {
    const level = 8 + (index - 232) * 10;
    return { hex: hex(level, level, level) };
  }
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return { hex: hex(levels[Math.floor(cube / 36)], levels[Math.floor(cube / 6) % 6], levels[cube % 6]) };
}

function hex(...channels: (number | undefined)[]): string {
  return (
    "#" +
    channels
      .map((value) =>
        Math.min(255, value ?? 0)
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")
  );
}
