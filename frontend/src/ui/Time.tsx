import { useEffect, useState } from "react";
import { exactTime, relativeTime } from "@/lib/time";

/** "3 minutes ago", with the exact time as a tooltip; keeps counting. */
export function Time({ value, empty = "never" }: { value: string | null | undefined; empty?: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 15_000);
    return () => window.clearInterval(timer);
  }, []);
  if (!value) return <span className="qd-subtle qd-nowrap">{empty}</span>;
  return (
    <time dateTime={value} title={exactTime(value)} className="qd-nowrap">
      {relativeTime(value, now)}
    </time>
  );
}
