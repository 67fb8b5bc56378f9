/** Text that may be long: one line, an ellipsis, and the whole of it as a tooltip. */
export function Clip({ text, title = text, mono = false }: { text: string; title?: string; mono?: boolean }) {
  return (
    <span className={mono ? "qd-clip qd-mono" : "qd-clip"} title={title}>
      {text}
    </span>
  );
}

/** A path that may be long: it is cut at its beginning, because its end tells it from others. */
export function ClipPath({ path }: { path: string }) {
  return (
    <span className="qd-clip qd-clip-beginning" title={path}>
      <bdi>{path}</bdi>
    </span>
  );
}

/** Text that may be long, in a row that is two lines high anyway. */
export function TwoLines({ text }: { text: string }) {
  return (
    <span className="qd-two-lines" title={text}>
      {text}
    </span>
  );
}
