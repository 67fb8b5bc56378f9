/**
 * The lines of a live log: bounded, in chunks whose identity tells React what has changed.
 *
 * The viewer re-renders only the chunks that are new objects, so a line that arrives costs the same whether a hundred
 * or ten thousand stand before it.
 */

export interface LogLine {
  /** Grows by one with every line of this buffer: the key of the row. */
  number: number;
  /** RFC 3339 with the engine's nanoseconds, as it came; empty where the engine gave none. */
  time: string;
  stream: "stdout" | "stderr";
  source: string;
  text: string;
}

export interface LogChunk {
  readonly key: number;
  readonly lines: readonly LogLine[];
}

export interface LogFrame {
  time: string;
  stream: string;
  source: string;
  text: string;
}

export class LogBuffer {
  readonly chunkSize: number;
  readonly maxChunks: number;
  /** How many lines fell out at the old end. */
  dropped = 0;
  private current: readonly LogChunk[] = [];
  private next = 0;
  private last = "";
  private lastLines = new Set<string>();

  constructor(maxLines = 10_000, chunkSize = 200) {
    this.chunkSize = chunkSize;
    this.maxChunks = Math.max(1, Math.ceil(maxLines / chunkSize));
  }

  get chunks(): readonly LogChunk[] {
    return this.current;
  }

  get count(): number {
    return this.current.reduce((sum, chunk) => sum + chunk.lines.length, 0);
  }

  /** Where a broken connection has to resume: the newest time seen. The engine's `since` includes it. */
  get resumeFrom(): string {
    return this.last;
  }

  /**
   * Adds lines in one step; returns whether anything was added.
   *
   * After a reconnect the engine repeats the lines of the instant we resume from: those are recognised and left out.
   */
  append(frames: readonly LogFrame[], resumed = false): boolean {
    const lines = frames.filter((frame) => !(resumed && this.isRepeat(frame))).map((frame) => this.toLine(frame));
    if (lines.length === 0) return false;
    const chunks = [...this.current];
    for (let from = 0; from < lines.length;) {
      const tail = chunks.at(-1);
      const room = tail ? this.chunkSize - tail.lines.length : 0;
      if (tail && room > 0) {
        chunks[chunks.length - 1] = { key: tail.key, lines: [...tail.lines, ...lines.slice(from, from + room)] };
        from += room;
      } else {
        const first = lines[from];
        chunks.push({ key: first ? first.number : 0, lines: lines.slice(from, from + this.chunkSize) });
        from += this.chunkSize;
      }
    }
    for (const chunk of chunks.splice(0, Math.max(0, chunks.length - this.maxChunks)))
      this.dropped += chunk.lines.length;
    this.current = chunks;
    return true;
  }

  clear(): void {
    this.current = [];
    this.dropped = 0;
  }

  private toLine(frame: LogFrame): LogLine {
    if (frame.time > this.last) {
      this.last = frame.time;
      this.lastLines.clear();
    }
    if (frame.time === this.last) this.lastLines.add(identity(frame));
    return {
      number: this.next++,
      time: frame.time,
      stream: frame.stream === "stderr" ? "stderr" : "stdout",
      source: frame.source,
      text: frame.text.replace(/\r?\n$/, ""),
    };
  }

  private isRepeat(frame: LogFrame): boolean {
    return (
      frame.time !== "" && (frame.time < this.last || (frame.time === this.last && this.lastLines.has(identity(frame))))
    );
  }
}

function identity(frame: LogFrame): string {
  return `${frame.source}\u0000${frame.stream}\u0000${frame.text}`;
}
