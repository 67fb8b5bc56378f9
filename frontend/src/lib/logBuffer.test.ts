import { describe, expect, test } from "vitest";
import { LogBuffer, type LogFrame } from "@/lib/logBuffer";

function frame(text: string, time = ""): LogFrame {
  return { time, stream: "stdout", source: "web.1", text };
}

function texts(buffer: LogBuffer): string[] {
  return buffer.chunks.flatMap((chunk) => chunk.lines.map((line) => line.text));
}

describe("LogBuffer", () => {
  test("keeps order across chunks and numbers the lines", () => {
    const buffer = new LogBuffer(100, 2);
    buffer.append([frame("a")]);
    buffer.append([frame("b"), frame("c"), frame("d"), frame("e")]);
    expect(texts(buffer)).toEqual(["a", "b", "c", "d", "e"]);
    expect(buffer.chunks.map((chunk) => chunk.lines.length)).toEqual([2, 2, 1]);
    expect(buffer.chunks.flatMap((chunk) => chunk.lines.map((line) => line.number))).toEqual([0, 1, 2, 3, 4]);
  });

  test("a full chunk keeps its identity, so that it is not rendered again", () => {
    const buffer = new LogBuffer(100, 2);
    buffer.append([frame("a"), frame("b"), frame("c")]);
    const [full, open] = buffer.chunks;
    buffer.append([frame("d")]);
    expect(buffer.chunks[0]).toBe(full);
    expect(buffer.chunks[1]).not.toBe(open);
    expect(buffer.chunks[1]?.key).toBe(open?.key);
  });

  test("drops whole chunks at the old end and counts their lines", () => {
    const buffer = new LogBuffer(4, 2);
    buffer.append(["a", "b", "c", "d", "e"].map((text) => frame(text)));
    expect(texts(buffer)).toEqual(["c", "d", "e"]);
    expect(buffer.dropped).toBe(2);
  });

  test("after a reconnect the lines of the last seconds are not repeated, and late ones are not lost", () => {
    const buffer = new LogBuffer();
    buffer.append([frame("a", "2026-01-01T00:00:01.000000001Z"), frame("b", "2026-01-01T00:00:08.000000002Z")]);
    expect(buffer.resumeFrom).toBe("2026-01-01T00:00:03.000000000Z");
    buffer.append(
      [
        frame("b", "2026-01-01T00:00:08.000000002Z"),
        frame("late", "2026-01-01T00:00:03.500000000Z"),
        frame("c", "2026-01-01T00:00:09.000000000Z"),
        frame("older than asked for", "2026-01-01T00:00:01.000000000Z"),
      ],
      true,
    );
    expect(texts(buffer)).toEqual(["a", "b", "late", "c"]);
  });

  test("puts the lines of one step in order of time, and keeps the order of equal times", () => {
    const buffer = new LogBuffer();
    buffer.append([
      frame("3", "2026-01-01T00:00:03Z"),
      frame("1", "2026-01-01T00:00:01Z"),
      frame("2", "2026-01-01T00:00:01Z"),
    ]);
    expect(texts(buffer)).toEqual(["1", "2", "3"]);
  });

  test("within one connection equal lines of one instant are all kept", () => {
    const buffer = new LogBuffer();
    buffer.append([frame("x", "2026-01-01T00:00:02Z"), frame("x", "2026-01-01T00:00:02Z")]);
    expect(texts(buffer)).toEqual(["x", "x"]);
  });

  test("says whether anything was added", () => {
    const buffer = new LogBuffer();
    expect(buffer.append([])).toBe(false);
    expect(buffer.append([frame("a")])).toBe(true);
  });

  test("clearing forgets the lines but not where to resume", () => {
    const buffer = new LogBuffer();
    buffer.append([frame("a", "2026-01-01T00:00:01Z")]);
    buffer.clear();
    expect(texts(buffer)).toEqual([]);
    expect(buffer.resumeFrom).not.toBe("");
  });
});
