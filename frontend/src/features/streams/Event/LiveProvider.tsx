import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { SESSION_KEY } from "@/api/queryClient";
import { CLOSED, ReconnectingSocket, socketUrl, type Frame } from "@/api/socket";
import { keysOfChange } from "@/features/streams/Event/keys";

export type LiveState = "live" | "starting" | "interrupted";

type ChangeFrame = Frame & { kind: string };

const PAUSE_MILLISECONDS = 200;
const Context = createContext<LiveState>("starting");

/** Keeps what is on the screen true: each change the server tells of makes the queries that show it read again. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>("starting");
  useEffect(() => {
    const refresher = new Refresher(queryClient);
    let losses = 0;
    const socket = new ReconnectingSocket({
      url: () => socketUrl("/ws/events"),
      onFrame: (frame) => {
        // "hello" comes after every connection and change of rights: anything may have been missed meanwhile.
        if (frame.type === "hello") refresher.add([["swarm"]]);
        if (frame.type === "change") refresher.add(keysOfChange((frame as ChangeFrame).kind));
      },
      onState: (next) => {
        if (next === "open") {
          losses = 0;
          setState("live");
        } else if (next !== "connecting") {
          losses += 1;
          // One loss is a server that restarts; it is back before anybody has read the label.
          if (losses > 1 || next === "closed") setState("interrupted");
        }
      },
      onEnd: (code) => {
        if (code === CLOSED.notSignedIn) void queryClient.invalidateQueries({ queryKey: SESSION_KEY });
      },
    });
    return () => {
      socket.stop();
      refresher.stop();
    };
  }, [queryClient]);
  return <Context value={state}>{children}</Context>;
}

export function useLiveState(): LiveState {
  return useContext(Context);
}

/** Joins bursts of changes into one refresh at a time, and never loses the last one. */
class Refresher {
  private readonly keys = new Map<string, readonly string[]>();
  private isRunning = false;
  private isStopped = false;

  constructor(private readonly queryClient: QueryClient) {}

  add(keys: readonly (readonly string[])[]): void {
    for (const key of keys) this.keys.set(key.join("/"), key);
    if (!this.isRunning) void this.run();
  }

  stop(): void {
    this.isStopped = true;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.keys.size > 0 && !this.isStopped) {
      const batch = [...this.keys.values()];
      this.keys.clear();
      await Promise.all(batch.map((queryKey) => this.queryClient.invalidateQueries({ queryKey })));
      await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MILLISECONDS));
    }
    this.isRunning = false;
  }
}
