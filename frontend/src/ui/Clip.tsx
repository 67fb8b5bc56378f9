/** Text that may be long: one line, an ellipsis, and the whole of it as a tooltip. */
export function Clip({ text, title = text, mono = false }: { text: string; title?: string; mono?: boolean }) {
  return (
    <span className={mono ? "qd-clip qd-mono" : "qd-clip"} title={title}>
      {text}
    </span>
  );
}
