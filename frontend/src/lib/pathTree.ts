/** Collections as a tree, from the flat list of paths the server gives. */

export interface TreeNode<T> {
  path: string;
  name: string;
  /** Absent where only something below this path is visible to the caller. */
  item?: T;
  children: TreeNode<T>[];
}

/** The roots of the tree; ancestors that the list lacks are filled in, so that nothing floats. */
export function pathTree<T extends { path: string }>(items: readonly T[]): TreeNode<T>[] {
  const nodes = new Map<string, TreeNode<T>>();
  const roots: TreeNode<T>[] = [];
  const place = (path: string): TreeNode<T> => {
    const known = nodes.get(path);
    if (known) return known;
    const node: TreeNode<T> = { path, name: baseName(path), children: [] };
    nodes.set(path, node);
    const parent = parentPath(path);
    (parent === null ? roots : place(parent).children).push(node);
    return node;
  };
  for (const item of items) place(item.path).item = item;
  const sort = (list: TreeNode<T>[]) => {
    list.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
    list.forEach((node) => sort(node.children));
  };
  sort(roots);
  return roots;
}

/** `/Shared/payments` → `/Shared` → `/` → null. */
export function parentPath(path: string): string | null {
  if (path === "/") return null;
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

export function baseName(path: string): string {
  return path === "/" ? "/" : path.slice(path.lastIndexOf("/") + 1);
}

export function joinPath(parent: string, name: string): string {
  return parent === "/" ? `/${name}` : `${parent}/${name}`;
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === "/" || path === ancestor || path.startsWith(`${ancestor}/`);
}
