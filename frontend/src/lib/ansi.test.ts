import { describe, expect, test } from "vitest";
import { parseAnsi, stripAnsi } from "@/lib/ansi";

const ESC = "\u001b";

describe("parseAnsi", () => {
  test("plain text is one piece without classes", () => {
    expect(parseAnsi("hello")).toEqual([{ text: "hello", classes: [] }]);
  });

  test("markup stays text", () => {
    expect(parseAnsi("<script>alert(1)</script>")).toEqual([{ text: "<script>alert(1)</script>", classes: [] }]);
  });

  test("named colours and attributes become classes until they are reset", () => {
    expect(parseAnsi(`a${ESC}[1;31mb${ESC}[22mc${ESC}[0md`)).toEqual([
      { text: "a", classes: [] },
      { text: "b", classes: ["ansi-bold", "ansi-fg-1"] },
      { text: "c", classes: ["ansi-fg-1"] },
      { text: "d", classes: [] },
    ]);
  });

  test("bright colours are the upper eight", () => {
    expect(parseAnsi(`${ESC}[97;100mx`)).toEqual([{ text: "x", classes: ["ansi-fg-15", "ansi-bg-8"] }]);
  });

  test("an empty parameter resets", () => {
    expect(parseAnsi(`${ESC}[31mx${ESC}[my`).at(-1)).toEqual({ text: "y", classes: [] });
  });

  test("the 256 colours: named ones, the cube and the greys", () => {
    expect(parseAnsi(`${ESC}[38;5;9mx`)[0]?.classes).toEqual(["ansi-fg-9"]);
    expect(parseAnsi(`${ESC}[38;5;196mx`)[0]?.color).toBe("#ff0000");
    expect(parseAnsi(`${ESC}[48;5;232mx`)[0]?.background).toBe("#080808");
  });

  test("direct colours, also with colons, and what follows them", () => {
    expect(parseAnsi(`${ESC}[38;2;1;2;255;1mx`)[0]).toEqual({ text: "x", classes: ["ansi-bold"], color: "#0102ff" });
    expect(parseAnsi(`${ESC}[38:2:255:0:0mx`)[0]?.color).toBe("#ff0000");
  });

  test.each([
    ["an unfinished direct colour", `${ESC}[38;2;1mx`],
    ["a colour out of range", `${ESC}[38;5;999mx`],
    ["an unknown code", `${ESC}[123mx`],
    ["a private sequence that ends in m", `${ESC}[>4;2mx`],
    ["cursor movement", `${ESC}[2J${ESC}[1;1Hx`],
    ["a window title", `${ESC}]0;title\u0007x`],
    ["a hyperlink", `${ESC}]8;;https://example.org${ESC}\\x${ESC}]8;;${ESC}\\`],
    ["a device control string", `${ESC}Pq#0${ESC}\\x`],
    ["a character set", `${ESC}(Bx`],
    ["a sequence cut off at the end", `x${ESC}[38;5`],
    ["a lone escape at the end", `x${ESC}`],
    ["other control characters", "\u0000\u0007x\u007f"],
  ])("leaves out %s", (_, line) => {
    expect(parseAnsi(line)).toEqual([{ text: "x", classes: [] }]);
  });

  test("a line painted over by a carriage return shows its last state", () => {
    expect(stripAnsi(`10%\r${ESC}[K50%\r${ESC}[32m100%\r\n`)).toBe("100%");
  });

  test("tabs stay", () => {
    expect(stripAnsi("a\tb")).toBe("a\tb");
  });

  test("a hostile line of many escapes is read in linear time", () => {
    const line = `${ESC}]`.repeat(100_000);
    const start = performance.now();
    parseAnsi(line);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
