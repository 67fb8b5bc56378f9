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

const RESUME_SECONDS = 5;

export class LogBuffer {
  readonly chunkSize: number;
  readonly maxChunks: number;
  /** How many lines fell out at the old end. */
  dropped = 0;
  private current: readonly LogChunk[] = [];
  private next = 0;
  private last = "";
  /** The lines of the last seconds, by which those that come again after a reconnect are recognised. */
  private recent = new Map<string, string>();

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

  /**
   * Where a broken connection has to resume; "" where nothing was seen yet.
   *
   * Some seconds before the newest line: tasks on several nodes deliver out of order, so an older line may be missing.
   */
  get resumeFrom(): string {
    return this.last && secondsBefore(this.last);
  }

  /**
   * Adds lines in one step; returns whether anything was added.
   *
   * Lines of one step are put in order of time. After a reconnect the engine repeats the last seconds: `resumed` leaves
   * out what is here already.
   */
  append(frames: readonly LogFrame[], resumed = false): boolean {
    const fresh = frames.filter((frame) => !(resumed && this.isRepeat(frame)));
    if (fresh.length === 0) return false;
    const lines = fresh.sort((a, b) => compare(a.time, b.time)).map((frame) => this.toLine(frame));
    this.forgetOld();
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
    if (frame.time) this.recent.set(identity(frame), frame.time);
    if (frame.time > this.last) this.last = frame.time;
    return {
      number: this.next++,
      time: frame.time,
      stream: frame.stream === "stderr" ? "stderr" : "stdout",
      source: frame.source,
      text: frame.text.replace(/\r?\n$/, ""),
    };
  }

  private forgetOld(): void {
    const limit = this.resumeFrom;
    for (const [key, time] of this.recent) if (time < limit) this.recent.delete(key);
  }

  private isRepeat(frame: LogFrame): boolean {
    return frame.time !== "" && (frame.time < this.resumeFrom || this.recent.has(identity(frame)));
  }
}

function identity(frame: LogFrame): string {
  return [frame.time, frame.source, frame.stream, frame.text].join("\u0000");
}

/** The time RESUME_SECONDS earlier, with as many digits as the engine writes, so that times compare as text. */
function secondsBefore(time: string): string {
  const instant = Date.parse(time);
  return Number.isNaN(instant) ? "" : new Date(instant - RESUME_SECONDS * 1000).toISOString().replace("Z", "000000Z");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
