import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

export const PAGE_SIZE = 50;

export interface ListParams<Filter extends string> {
  search: string;
  page: number;
  perPage: number;
  filters: Record<Filter, string>;
  /** What the API wants of these; empty filters are left out. */
  query: { limit: number; offset: number; search?: string } & Partial<Record<Filter, string>>;
  isFiltered: boolean;
  set: (changes: Partial<Record<Filter | "search" | "page" | "perPage", string | number>>) => void;
  clear: () => void;
}

/** Search, filters and page of a list, kept in the address, so that a view can be bookmarked and Back works. */
export function useListParams<Filter extends string = never>(names: readonly Filter[] = []): ListParams<Filter> {
  const [params, setParams] = useSearchParams();
  const key = params.toString();
  const nameKey = names.join();

  const set = useCallback<ListParams<Filter>["set"]>(
    (changes) => {
      setParams(
        () => {
          // What the router hands over is of the last rendering, which a quick second change would undo.
          const after = new URLSearchParams(window.location.search);
          if (!("page" in changes)) after.delete("page");
          for (const [name, value] of Object.entries(changes)) {
            if (value === "" || value === undefined || (name === "page" && value === 1)) after.delete(name);
            else after.set(name, String(value));
          }
          return after;
        },
        { replace: !("page" in changes) },
      );
    },
    [setParams],
  );
  const clear = useCallback(() => setParams({}, { replace: true }), [setParams]);

  return useMemo(() => {
    const current = new URLSearchParams(key);
    const search = current.get("search") ?? "";
    const page = Math.max(1, Number(current.get("page")) || 1);
    const perPage = Math.min(1000, Number(current.get("perPage")) || PAGE_SIZE);
    const wanted = (nameKey ? nameKey.split(",") : []) as Filter[];
    const filters = Object.fromEntries(wanted.map((name) => [name, current.get(name) ?? ""])) as Record<Filter, string>;
    const used = Object.fromEntries(Object.entries(filters).filter(([, value]) => value)) as Partial<
      Record<Filter, string>
    >;
    return {
      search,
      page,
      perPage,
      filters,
      query: { ...used, limit: perPage, offset: (page - 1) * perPage, ...(search && { search }) },
      isFiltered: search !== "" || Object.keys(used).length > 0,
      set,
      clear,
    };
  }, [key, nameKey, set, clear]);
}
