import { memo } from "react";
import { parseAnsi } from "@/lib/ansi";
import type { LogChunk, LogLine } from "@/lib/logBuffer";
import { shortTaskName } from "@/lib/taskName";
import { clockTime, exactTime } from "@/lib/time";

const SOURCE_COLOURS = 8;

/** Some lines of a log. Rendered again only when it is another chunk. */
export const LogChunkView = memo(function LogChunkView({ chunk }: { chunk: LogChunk }) {
  return (
    <div className="qd-log-chunk">
      {chunk.lines.map((line) => (
        <LineView key={line.number} line={line} />
      ))}
    </div>
  );
});

function LineView({ line }: { line: LogLine }) {
  return (
    <div className={line.stream === "stderr" ? "qd-log-line qd-log-stderr" : "qd-log-line"}>
      {line.time && (
        <time className="qd-log-time" dateTime={line.time} title={exactTime(line.time)}>
          {clockTime(line.time)}
        </time>
      )}
      {line.source && (
        <span className={`qd-log-source qd-log-source-${colourOf(line.source)}`} title={line.source}>
          {shortTaskName(line.source)}
        </span>
      )}
      <span className="qd-log-text">
        {parseAnsi(line.text).map((piece, index) => (
          <span
            key={index}
            className={piece.classes.join(" ") || undefined}
            style={
              piece.color || piece.background ? { color: piece.color, backgroundColor: piece.background } : undefined
            }
          >
            {piece.text}
          </span>
        ))}
      </span>
    </div>
  );
}

function colourOf(source: string): number {
  let hash = 0;
  for (const character of shortTaskName(source)) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return hash % SOURCE_COLOURS;
}
