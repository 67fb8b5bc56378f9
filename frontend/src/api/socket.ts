/** Websockets of the console: same origin, signed in by the cookie, reconnecting by themselves where that makes sense. */

import { backoffMilliseconds } from "@/lib/backoff";

/** Why the server closed (apps/streams/types.py). Its sentence comes before that, as an "end" frame. */
export const CLOSED = { normally: 1000, notSignedIn: 4401, refused: 4403, notFound: 4404, unavailable: 4502 } as const;

const FINAL = new Set<number>([CLOSED.normally, CLOSED.notSignedIn, CLOSED.refused, CLOSED.notFound]);

export type SocketState = "connecting" | "open" | "waiting" | "closed";

export interface Frame {
  type: string;
}

export function socketUrl(path: string, query: Record<string, string | number> = {}): string {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url.href;
}

/** A text message as a frame. Ours are always objects with a type; anything else is left out. */
export function parseFrame(text: string): Frame | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && "type" in value ? (value as Frame) : null;
  } catch {
    return null;
  }
}

/** The sentence of an "end" frame; null for every other frame. */
export function endReason(frame: Frame | null): string | null {
  return frame?.type === "end" && "reason" in frame ? String(frame.reason) : null;
}

interface Handlers {
  /** Asked before each attempt, so that a log can say where to resume. */
  url: () => string;
  onFrame: (frame: Frame) => void;
  /** `reason` is the server's sentence where it closed with one. */
  onState: (state: SocketState, reason: string) => void;
  /** It is over and is not tried again. */
  onEnd: (code: number, reason: string) => void;
}

/** A websocket of JSON frames that comes back after every loss, and stays away after a refusal or a regular end. */
export class ReconnectingSocket {
  private socket: WebSocket | null = null;
  private timer: number | undefined;
  private attempt = 0;
  private isStopped = false;

  constructor(private readonly handlers: Handlers) {
    this.connect();
    window.addEventListener("online", this.retryNow);
  }

  /** Ends it: no further callback is made. */
  stop(): void {
    this.isStopped = true;
    window.removeEventListener("online", this.retryNow);
    window.clearTimeout(this.timer);
    this.socket?.close();
  }

  private readonly retryNow = () => {
    if (this.timer === undefined) return;
    window.clearTimeout(this.timer);
    this.connect();
  };

  private connect(): void {
    this.timer = undefined;
    this.handlers.onState("connecting", "");
    const socket = new WebSocket(this.handlers.url());
    this.socket = socket;
    let reason = "";
    socket.onopen = () => {
      if (!this.isStopped) this.handlers.onState("open", "");
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      const frame = typeof event.data === "string" ? parseFrame(event.data) : null;
      if (this.isStopped || !frame) return;
      const end = endReason(frame);
      if (end !== null) {
        reason = end;
        return;
      }
      this.attempt = 0;
      this.handlers.onFrame(frame);
    };
    socket.onclose = ({ code, reason: shortReason }) => {
      if (this.isStopped) return;
      if (FINAL.has(code)) {
        this.handlers.onState("closed", reason || shortReason);
        this.handlers.onEnd(code, reason || shortReason);
        this.stop();
        return;
      }
      this.handlers.onState("waiting", reason || shortReason);
      this.timer = window.setTimeout(() => this.connect(), backoffMilliseconds(this.attempt++));
    };
  }
}
