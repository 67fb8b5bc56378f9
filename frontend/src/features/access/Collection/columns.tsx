import { Link } from "react-router";
import type { Collection } from "@/api/types";
import { Clip } from "@/ui/Clip";
import type { Column } from "@/ui/ListPageBody";

export const COLLECTION_COLUMNS: readonly Column<Collection>[] = [
  {
    name: "Path",
    width: 50,
    cell: ({ id, path }) => (
      <Link to={`/collections/${id}`}>
        <Clip text={path} />
      </Link>
    ),
  },
  { name: "Objects", cell: ({ objects_count }) => objects_count },
  { name: "Collections in it", cell: ({ children_count }) => children_count },
];
