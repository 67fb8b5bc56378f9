import { useMemo, useState } from "react";
import { PAGE_SIZE } from "@/ui/useListParams";

export interface Paging {
  search: string;
  page: number;
  perPage: number;
  /** What the API wants of these. */
  query: { limit: number; offset: number; search?: string };
  setSearch: (search: string) => void;
  setPage: (page: number) => void;
}

/** Search and page of a list that is a part of a page, and so not in its address. */
export function usePaging(perPage = PAGE_SIZE): Paging {
  const [{ search, page }, set] = useState({ search: "", page: 1 });
  return useMemo(
    () => ({
      search,
      page,
      perPage,
      query: { limit: perPage, offset: (page - 1) * perPage, ...(search && { search }) },
      setSearch: (next) => set({ search: next, page: 1 }),
      setPage: (next) => set({ search, page: next }),
    }),
    [search, page, perPage],
  );
}
