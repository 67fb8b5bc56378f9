import { useCallback, useEffect, useState } from "react";
import { ReconnectingSocket, socketUrl, type SocketState } from "@/api/socket";
import { LogBuffer, type LogChunk, type LogFrame } from "@/lib/logBuffer";

const FLUSH_MILLISECONDS = 60;

export interface LogStream {
  chunks: readonly LogChunk[];
  /** Lines that have fallen out at the old end. */
  dropped: number;
  state: SocketState;
  /** Why it is over: the server's sentence after the end of the log or a refusal; "" while it goes on. */
  end: string;
  isRefused: boolean;
  clear: () => void;
}

type Frame = ({ type: "log" } & LogFrame) | { type: "end"; reason: string } | { type: string };

/**
 * The live lines of one source.
 *
 * Frames are collected for a moment and shown together, so that a source that prints thousands of lines a second
 * costs a few renderings a second. After a lost connection it resumes at the last line's time. One component shows
 * one source: give it a `key` of the path.
 */
export function useLogStream(path: string, tail: number): LogStream {
  const [log] = useState(() => new LogBuffer());
  const [view, setView] = useState<{ chunks: readonly LogChunk[]; dropped: number }>({ chunks: [], dropped: 0 });
  const [state, setState] = useState<SocketState>("connecting");
  const [end, setEnd] = useState<{ reason: string; isRefused: boolean } | null>(null);
  const show = useCallback(() => setView({ chunks: log.chunks, dropped: log.dropped }), [log]);

  useEffect(() => {
    let waiting: LogFrame[] = [];
    let timer: number | undefined;
    let resumed = false;
    const flush = () => {
      timer = undefined;
      if (log.append(waiting, resumed)) show();
      waiting = [];
    };
    const socket = new ReconnectingSocket({
      url: () => {
        resumed = log.resumeFrom !== "";
        return socketUrl(path, resumed ? { since: log.resumeFrom } : { tail });
      },
      onMessage: (data) => {
        const frame = JSON.parse(data) as Frame;
        if (frame.type === "log") {
          waiting.push(frame as LogFrame);
          timer ??= window.setTimeout(flush, FLUSH_MILLISECONDS);
        } else if (frame.type === "end") {
          flush();
          socket.stop();
          setState("closed");
          setEnd({ reason: (frame as { reason: string }).reason || "The log has ended.", isRefused: false });
        }
      },
      onState: setState,
      onRefused: (_, reason) => setEnd({ reason: reason || "You may not read this log.", isRefused: true }),
    });
    return () => {
      socket.stop();
      window.clearTimeout(timer);
    };
  }, [path, tail, log, show]);

  return {
    ...view,
    state,
    end: end?.reason ?? "",
    isRefused: end?.isRefused ?? false,
    clear: () => {
      log.clear();
      show();
    },
  };
}
