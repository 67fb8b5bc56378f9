import { useState } from "react";
import type { AuditEntry } from "@/api/types";

interface Seen {
  view: string;
  ids: ReadonlySet<string>;
  fresh: ReadonlySet<string>;
}

/** Which entries have come since the view was opened or last brought something: those are shown as new for a moment. */
export function useFresh(entries: readonly AuditEntry[] | undefined, view: string): (id: string) => boolean {
  const [seen, setSeen] = useState<Seen | null>(null);
  if (entries && (seen?.view !== view || entries.some(({ id }) => !seen.ids.has(id)))) {
    const isSameView = seen?.view === view;
    const arrived = isSameView ? entries.filter(({ id }) => !seen.ids.has(id)) : [];
    setSeen({
      view,
      ids: new Set(entries.map(({ id }) => id)),
      fresh: new Set(arrived.map(({ id }) => id)),
    });
  }
  return (id) => seen?.fresh.has(id) ?? false;
}
