import {
  Alert,
  Button,
  Label,
  SearchInput,
  Switch,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { SocketState } from "@/api/socket";
import { LogChunkView } from "@/features/streams/Log/LogChunkView";
import { useLogStream, type LogStream } from "@/features/streams/Log/useLogStream";
import "@/features/streams/Log/log.css";
import { stripAnsi } from "@/lib/ansi";
import type { LogChunk } from "@/lib/logBuffer";

const TAIL_LINES = 500;

/** A log that follows its source: colours by source, filter, wrapping, pause. */
export function LogViewer({ path, name }: { path: string; name: string }) {
  const stream = useLogStream(path, TAIL_LINES);
  const [filter, setFilter] = useState("");
  const [isWrapped, setWrapped] = useState(true);
  const [hasTimes, setTimes] = useState(true);
  const [frozen, setFrozen] = useState<readonly LogChunk[] | null>(null);
  const needle = useDeferredValue(filter.trim().toLowerCase());
  const shown = useFiltered(frozen ?? stream.chunks, needle);
  const held = frozen ? lineCount(stream.chunks) + stream.dropped - lastNumber(frozen) : 0;
  return (
    <div className="qd-log">
      <Toolbar inset={{ default: "insetNone" }}>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label="Show only lines that contain"
              placeholder="Only lines that contain…"
              value={filter}
              onChange={(_, text) => setFilter(text)}
              onClear={() => setFilter("")}
              resultsCount={needle ? lineCount(shown) : undefined}
            />
          </ToolbarItem>
          <ToolbarGroup variant="action-group">
            <ToolbarItem>
              <Button variant="secondary" onClick={() => setFrozen(frozen ? null : stream.chunks)}>
                {frozen ? "Resume" : "Pause"}
              </Button>
            </ToolbarItem>
            <ToolbarItem>
              <Button variant="link" onClick={stream.clear} isDisabled={frozen !== null}>
                Clear
              </Button>
            </ToolbarItem>
          </ToolbarGroup>
          <ToolbarItem alignSelf="center">
            <Switch id="wrap" label="Wrap lines" isChecked={isWrapped} onChange={(_, checked) => setWrapped(checked)} />
          </ToolbarItem>
          <ToolbarItem alignSelf="center">
            <Switch id="times" label="Times" isChecked={hasTimes} onChange={(_, checked) => setTimes(checked)} />
          </ToolbarItem>
          <ToolbarItem alignSelf="center" align={{ default: "alignEnd" }}>
            <StreamLabel stream={stream} held={held} />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {stream.isRefused && (
        <Alert component="p" isInline variant="danger" title="The log was ended">
          {stream.end}
        </Alert>
      )}
      {stream.trouble && <Alert component="p" isInline variant="warning" title={stream.trouble} />}
      <Lines name={name} chunks={shown} isWrapped={isWrapped} hasTimes={hasTimes} needle={needle} stream={stream} />
    </div>
  );
}

function StreamLabel({ stream, held }: { stream: LogStream; held: number }) {
  if (held > 0) return <Label status="info">{`${held} newer lines held back`}</Label>;
  const text: Record<SocketState, [string, "success" | "warning" | undefined]> = {
    open: ["Live", "success"],
    connecting: ["Connecting", undefined],
    waiting: ["Connection lost, reconnecting", "warning"],
    closed: [stream.isRefused ? "Refused" : "Ended", undefined],
  };
  const [label, status] = text[stream.state];
  return (
    <span role="status">
      <Label status={status}>{label}</Label>
    </span>
  );
}

function Lines({
  name,
  chunks,
  isWrapped,
  hasTimes,
  needle,
  stream,
}: {
  name: string;
  chunks: readonly LogChunk[];
  isWrapped: boolean;
  hasTimes: boolean;
  needle: string;
  stream: LogStream;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const [isAway, setAway] = useState(false);
  const toEnd = () => {
    isFollowing.current = true;
    setAway(false);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };
  // The reader who has scrolled up stays there; at the end the log pulls along.
  useLayoutEffect(() => {
    if (isFollowing.current && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [chunks, isWrapped, hasTimes]);
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    isFollowing.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    setAway(!isFollowing.current);
  };
  const classes = ["qd-log-lines", isWrapped ? "qd-log-wrap" : "", hasTimes ? "" : "qd-log-no-times"].join(" ");
  return (
    <div className="qd-log-frame">
      {/* Not announced line by line: a busy log would talk without end. */}
      <div
        ref={scroller}
        className={classes}
        role="log"
        aria-live="off"
        aria-label={`Log of ${name}`}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        {stream.dropped > 0 && (
          <p className="qd-log-note">
            {stream.dropped} older lines are no longer shown. Filter at the source for more.
          </p>
        )}
        {chunks.map((chunk) => (
          <LogChunkView key={chunk.key} chunk={chunk} />
        ))}
        {chunks.length === 0 && (
          <p className="qd-log-note">
            {needle ? "No line contains this." : stream.state === "open" ? "Nothing was printed yet." : ""}
          </p>
        )}
        {stream.end && !stream.isRefused && <p className="qd-log-note">{stream.end}</p>}
      </div>
      {isAway && (
        <Button className="qd-log-to-end" variant="primary" size="sm" onClick={toEnd}>
          To the newest line
        </Button>
      )}
    </div>
  );
}

/** The lines that contain the needle; a chunk that has not changed is not searched again. */
function useFiltered(chunks: readonly LogChunk[], needle: string): readonly LogChunk[] {
  const cache = useMemo(() => ({ needle, found: new WeakMap<LogChunk, LogChunk>() }), [needle]);
  return useMemo(() => {
    if (cache.needle === "") return chunks;
    return chunks
      .map((chunk) => {
        const known = cache.found.get(chunk);
        if (known) return known;
        const lines = chunk.lines.filter((line) =>
          `${line.source} ${stripAnsi(line.text)}`.toLowerCase().includes(cache.needle),
        );
        const filtered = { key: chunk.key, lines };
        cache.found.set(chunk, filtered);
        return filtered;
      })
      .filter((chunk) => chunk.lines.length > 0);
  }, [chunks, cache]);
}

function lineCount(chunks: readonly LogChunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.lines.length, 0);
}

function lastNumber(chunks: readonly LogChunk[]): number {
  const last = chunks.at(-1)?.lines.at(-1);
  return last ? last.number + 1 : 0;
}
