/** Websockets of the console: same origin, signed in by the cookie, reconnecting by themselves where that makes sense. */

import { backoffMilliseconds } from "@/lib/backoff";

export const CLOSE_NOT_SIGNED_IN = 4401;
export const CLOSE_REFUSED = 4403;

export type SocketState = "connecting" | "open" | "waiting" | "closed";

export function socketUrl(path: string, query: Record<string, string | number> = {}): string {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  for (const [name, value] of Object.entries(query)) if (value !== "") url.searchParams.set(name, String(value));
  return url.href;
}

interface Handlers {
  /** Asked before each attempt, so that a log can say where to resume. */
  url: () => string;
  onMessage: (data: string) => void;
  onState: (state: SocketState, attempt: number) => void;
  /** The server ended it for good: not signed in or refused. `reason` is its sentence. */
  onRefused: (code: number, reason: string) => void;
}

/** A text websocket that comes back after every loss except a refusal. */
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
    this.handlers.onState("connecting", this.attempt);
    const socket = new WebSocket(this.handlers.url());
    this.socket = socket;
    socket.onopen = () => {
      if (this.isStopped) return;
      this.handlers.onState("open", this.attempt);
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.isStopped || typeof event.data !== "string") return;
      this.attempt = 0;
      this.handlers.onMessage(event.data);
    };
    socket.onclose = (event) => {
      if (this.isStopped) return;
      if (event.code === CLOSE_NOT_SIGNED_IN || event.code === CLOSE_REFUSED) {
        this.handlers.onState("closed", this.attempt);
        this.handlers.onRefused(event.code, event.reason);
        return;
      }
      const wait = backoffMilliseconds(this.attempt++);
      this.handlers.onState("waiting", this.attempt);
      this.timer = window.setTimeout(() => this.connect(), wait);
    };
  }
}
