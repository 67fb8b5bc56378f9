import { Button, ToolbarItem } from "@patternfly/react-core";
import { useState } from "react";
import { MORE_FILTERS, OUTCOMES, type AuditParams } from "@/features/audit/Entry/useAuditParams";
import { FilterSelect, FilterText } from "@/ui/Filters";
import { DebouncedSearch } from "@/ui/ListPageBody";

const LABELS: Record<(typeof MORE_FILTERS)[number], string> = {
  target_kind: "Kind",
  target_id: "Id",
  collection: "Collection and below",
  cluster: "Cluster",
  address: "Address",
  request_id: "Request",
};

/** The filters most asked for, and behind a button the rest; that one is open while one of the rest is set. */
export function AuditFilters({ params }: { params: AuditParams }) {
  const { filters, set } = params;
  const isMoreSet = MORE_FILTERS.some((name) => filters[name]);
  const [isOpen, setOpen] = useState(false);
  const isMoreShown = isOpen || isMoreSet;
  return (
    <div className="qd-filters" role="search" aria-label="Filters">
      <ToolbarItem>
        <DebouncedSearch
          hint="Search names, operations, reasons"
          value={filters.search}
          onChange={(search) => set({ search })}
        />
      </ToolbarItem>
      <FilterText label="Who" value={filters.actor} onChange={(actor) => set({ actor })} placeholder="name" />
      <FilterText
        label="Operation"
        value={filters.operation}
        onChange={(operation) => set({ operation })}
        placeholder="Grant Create"
      />
      <FilterText label="On" value={filters.target} onChange={(target) => set({ target })} placeholder="name or id" />
      <FilterSelect
        label="Outcome"
        options={OUTCOMES}
        value={filters.outcome}
        onChange={(outcome) => set({ outcome })}
      />
      <FilterText label="From" type="date" value={filters.from} onChange={(from) => set({ from })} />
      <FilterText label="To" type="date" value={filters.to} onChange={(to) => set({ to })} />
      {isMoreShown &&
        MORE_FILTERS.map((name) => (
          <FilterText
            key={name}
            label={LABELS[name]}
            value={filters[name]}
            onChange={(value) => set({ [name]: value })}
          />
        ))}
      <ToolbarItem>
        {!isMoreSet && (
          <Button variant="link" onClick={() => setOpen(!isOpen)} aria-expanded={isMoreShown}>
            {isMoreShown ? "Fewer filters" : "More filters"}
          </Button>
        )}
        {params.isFiltered && (
          <Button variant="link" onClick={params.clear}>
            Clear filters
          </Button>
        )}
      </ToolbarItem>
    </div>
  );
}
