import type { AuditEntry } from "@/api/types";

/** What was acted on, in words. */
export function targetText(entry: AuditEntry): string {
  return [entry.target_kind, entry.target_name || entry.target_id].filter(Boolean).join(" ");
}
