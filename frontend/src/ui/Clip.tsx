/** Text that may be long: one line, an ellipsis, and the whole of it as a tooltip. */
export function Clip({ text, mono = false }: { text: string; mono?: boolean }) {
  return (
    <span className={mono ? "qd-clip qd-mono" : "qd-clip"} title={text}>
      {text}
    </span>
  );
}
