import { Alert, AlertActionLink } from "@patternfly/react-core";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import { CLOSED, endReason, parseFrame, socketUrl, type Frame } from "@/api/socket";
import { keepStylesWithinPolicy } from "@/features/streams/Terminal/cspStyles";
import "@/features/streams/Terminal/terminal.css";

type Ending =
  { kind: "exit"; code: number } | { kind: "refused"; reason: string } | { kind: "lost"; reason: string } | null;

type ExitFrame = Frame & { code: number };

const THEME = { background: "#16191d", foreground: "#e8eaed", cursor: "#73b4f5", selectionBackground: "#3d5a80" };

/** A shell in a container, over one websocket: bytes both ways, JSON for resizing and the exit code. */
export function TerminalView({ containerId, label }: { containerId: string; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [attempt, setAttempt] = useState(0);
  const [ending, setEnding] = useState<Ending>(null);

  useEffect(() => {
    if (!host.current) return;
    return openTerminal(host.current, containerId, setEnding);
  }, [containerId, attempt]);

  const openAgain = () => {
    setEnding(null);
    setAttempt((number) => number + 1);
  };
  return (
    <div className="qd-terminal">
      <EndingAlert ending={ending} onAgain={openAgain} />
      <div
        className="qd-terminal-host"
        ref={host}
        role="group"
        aria-label={label}
        hidden={ending?.kind === "refused"}
      />
    </div>
  );
}

function EndingAlert({ ending, onAgain }: { ending: Ending; onAgain: () => void }) {
  if (!ending) return null;
  const again = <AlertActionLink onClick={onAgain}>Open a new shell</AlertActionLink>;
  switch (ending.kind) {
    case "exit":
      return (
        <Alert
          component="p"
          isInline
          variant={ending.code === 0 ? "success" : "warning"}
          title={`The shell ended with exit code ${ending.code}`}
          actionLinks={again}
        />
      );
    case "refused":
      return (
        <Alert component="p" isInline variant="danger" title="The terminal was refused">
          {ending.reason}
        </Alert>
      );
    case "lost":
      return (
        <Alert component="p" isInline variant="warning" title="The connection was lost" actionLinks={again}>
          {ending.reason || "What ran in the shell was ended with it; a new shell starts from the beginning."}
        </Alert>
      );
  }
}

/** Connects a terminal in `host` to a shell; returns what takes both away again. */
function openTerminal(host: HTMLElement, containerId: string, onEnd: (ending: Ending) => void): () => void {
  keepStylesWithinPolicy(document);
  const terminal = new Terminal({
    fontFamily: '"Red Hat Mono VF", "Red Hat Mono", ui-monospace, monospace',
    fontSize: 14,
    scrollback: 5000,
    cursorBlink: true,
    screenReaderMode: false,
    theme: THEME,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(host);
  fit.fit();
  terminal.focus();

  const { cols, rows } = terminal;
  const socket = new WebSocket(socketUrl(`/ws/exec/${containerId}`, { cols, rows }));
  socket.binaryType = "arraybuffer";
  let isOver = false;
  const finish = (ending: Ending) => {
    if (isOver) return;
    isOver = true;
    terminal.options.cursorBlink = false;
    terminal.options.disableStdin = true;
    onEnd(ending);
  };
  let reason = "";
  socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => {
    if (typeof event.data !== "string") {
      terminal.write(new Uint8Array(event.data));
      return;
    }
    const frame = parseFrame(event.data);
    if (frame?.type === "exit") finish({ kind: "exit", code: Number((frame as ExitFrame).code) });
    reason = endReason(frame) ?? reason;
  };
  socket.onclose = ({ code, reason: shortReason }) => {
    const sentence = reason || shortReason;
    if (sentence && code !== CLOSED.unavailable) finish({ kind: "refused", reason: sentence });
    else finish({ kind: "lost", reason: sentence });
  };

  const encoder = new TextEncoder();
  const send = (data: string | Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(data);
  };
  terminal.onData((text) => send(encoder.encode(text)));
  terminal.onBinary((text) => send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
  terminal.onResize((size) => send(JSON.stringify({ type: "resize", cols: size.cols, rows: size.rows })));
  const observer = new ResizeObserver(() => fit.fit());
  observer.observe(host);

  return () => {
    isOver = true;
    observer.disconnect();
    socket.close();
    terminal.dispose();
  };
}
