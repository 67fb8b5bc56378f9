import { useLocation, useSearchParams } from "react-router";
import type { AuditEntry } from "@/api/types";
import type { AuditQuery } from "@/features/audit/Entry/queries";
import { PAGE_SIZE } from "@/ui/useListParams";

export const OUTCOMES = ["allowed", "refused", "failed"] as const satisfies readonly AuditEntry["outcome"][];
export const MAIN_FILTERS = ["actor", "operation", "target", "outcome", "from", "to"] as const;
export const MORE_FILTERS = ["target_kind", "target_id", "collection", "cluster", "address", "request_id"] as const;

const FILTERS = [...MAIN_FILTERS, ...MORE_FILTERS] as const;

export type AuditFilter = (typeof FILTERS)[number] | "search";

/** Filters and place of the audit page, in the address: a view can be bookmarked, sent, and gone back to. */
export function useAuditParams() {
  const [params, setParams] = useSearchParams();
  const { state } = useLocation() as { state: { newer?: string[] } | null };
  const newer = state?.newer ?? [];
  const cursor = params.get("cursor") ?? "";
  const filters = Object.fromEntries([...FILTERS, "search"].map((name) => [name, params.get(name) ?? ""])) as Record<
    AuditFilter,
    string
  >;

  const go = (next: string, behind: string[]) => {
    const after = new URLSearchParams(params);
    if (next) after.set("cursor", next);
    else after.delete("cursor");
    setParams(after, { state: { newer: behind } });
  };
  return {
    filters,
    query: { limit: PAGE_SIZE, ...filterQuery(filters), ...(cursor && { cursor }) } satisfies AuditQuery,
    isFiltered: Object.values(filters).some(Boolean),
    isNewest: cursor === "",
    set: (changes: Partial<Record<AuditFilter, string>>) => {
      const after = new URLSearchParams(params);
      after.delete("cursor");
      for (const [name, value] of Object.entries(changes)) {
        if (value) after.set(name, value);
        else after.delete(name);
      }
      setParams(after, { replace: true });
    },
    /** These filters and no others; Back returns to what was shown. */
    only: (wanted: Partial<Record<AuditFilter, string>>) => setParams(new URLSearchParams(wanted)),
    clear: () => setParams({}, { replace: true }),
    /** To the page that `next` of this one names. */
    older: (next: string) => go(new URL(next).searchParams.get("cursor") ?? "", [...newer, cursor]),
    newer: () => go(newer.at(-1) ?? "", newer.slice(0, -1)),
    newest: () => go("", []),
  };
}

export type AuditParams = ReturnType<typeof useAuditParams>;

function filterQuery({ from, to, outcome, ...texts }: Record<AuditFilter, string>): AuditQuery {
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value)),
    ...(isOutcome(outcome) && { outcome }),
    ...(from && { from: dayStart(from) }),
    ...(to && { to: dayEnd(to) }),
  };
}

function isOutcome(text: string): text is AuditEntry["outcome"] {
  return OUTCOMES.some((outcome) => outcome === text);
}

/** A day of the reader's calendar as instants. */
function dayStart(day: string): string {
  return new Date(`${day}T00:00:00`).toISOString();
}

function dayEnd(day: string): string {
  return new Date(`${day}T23:59:59.999`).toISOString();
}
