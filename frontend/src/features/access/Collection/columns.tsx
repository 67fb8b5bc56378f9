import { Link } from "react-router";
import type { Collection } from "@/api/types";
import { ClipPath } from "@/ui/Clip";
import type { Column } from "@/ui/ListPageBody";

export const COLLECTION_COLUMNS: readonly Column<Collection>[] = [
  {
    name: "Path",
    width: 70,
    cell: ({ id, path }) => (
      <Link to={`/collections/${id}`}>
        <ClipPath path={path} />
      </Link>
    ),
  },
  { name: "Objects", cell: ({ objects_count }) => objects_count },
  { name: "Collections in it", cell: ({ children_count }) => children_count },
];
