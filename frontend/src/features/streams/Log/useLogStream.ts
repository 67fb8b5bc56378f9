import { useCallback, useEffect, useState } from "react";
import { CLOSED, ReconnectingSocket, socketUrl, type Frame, type SocketState } from "@/api/socket";
import { LogBuffer, type LogChunk, type LogFrame } from "@/lib/logBuffer";

const FLUSH_MILLISECONDS = 60;
/** The history comes task by task: it is collected a little longer, so that it is shown in order of time. */
const HISTORY_MILLISECONDS = 400;

export interface LogStream {
  chunks: readonly LogChunk[];
  /** Lines that have fallen out at the old end. */
  dropped: number;
  state: SocketState;
  /** Why it is over: the server's sentence after the end of the log or a refusal; "" while it goes on. */
  end: string;
  isRefused: boolean;
  /** What the server says is wrong while the connection is tried again; "" where it said nothing. */
  trouble: string;
  clear: () => void;
}

type LogLineFrame = Frame & LogFrame;

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
  const [trouble, setTrouble] = useState("");
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
        return socketUrl(path, resumed ? { since: log.resumeFrom, tail: "all" } : { tail });
      },
      onFrame: (frame) => {
        if (frame.type !== "log") return;
        waiting.push(frame as LogLineFrame);
        timer ??= window.setTimeout(flush, log.count === 0 ? HISTORY_MILLISECONDS : FLUSH_MILLISECONDS);
      },
      onState: (next, reason) => {
        setState(next);
        setTrouble(next === "waiting" ? reason : "");
      },
      onEnd: (code, reason) => {
        flush();
        const isRefused = code !== CLOSED.normally;
        setEnd({ reason: reason || (isRefused ? "You may not read this log." : "The log has ended."), isRefused });
      },
    });
    return () => {
      socket.stop();
      window.clearTimeout(timer);
    };
  }, [path, tail, log, show]);

  return {
    ...view,
    state,
    trouble,
    end: end?.reason ?? "",
    isRefused: end?.isRefused ?? false,
    clear: () => {
      log.clear();
      show();
    },
  };
}
