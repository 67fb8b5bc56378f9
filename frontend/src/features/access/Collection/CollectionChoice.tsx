import { useState } from "react";
import type { Collection } from "@/api/types";
import { useCollections } from "@/features/access/Collection/queries";
import { Choice } from "@/ui/Choice";

interface Props {
  label?: string;
  value: string;
  onChange: (path: string) => void;
  /** Which ones to offer; all unless told. */
  accepts?: (collection: Collection) => boolean;
  help?: string;
  error?: string;
  placeholder?: string;
  isRequired?: boolean;
  autoFocus?: boolean;
}

/** The path of a collection, searched on the server while one types. */
export function CollectionChoice({ label = "Collection", accepts = () => true, ...field }: Props) {
  const [search, setSearch] = useState("");
  return (
    <Choice
      label={label}
      {...useCollectionOptions(search, accepts)}
      onSearch={setSearch}
      placeholder="Type to search"
      {...field}
    />
  );
}

/** For a field that offers collections. */
export function useCollectionOptions(search: string, accepts: (collection: Collection) => boolean = () => true) {
  const found = useCollections({ limit: 100, ...(search && { search }) });
  const options = (found.data?.results ?? []).filter(accepts).map(({ path }) => ({ value: path }));
  return { options, isSearching: found.isFetching };
}
