import { expect, test } from "vitest";
import { baseName, isWithin, joinPath, parentPath, pathTree, type TreeNode } from "@/lib/pathTree";

interface Item {
  path: string;
}

function drawn(nodes: readonly TreeNode<Item>[], depth = 0): string[] {
  return nodes.flatMap((node) => [
    `${" ".repeat(depth)}${node.name}${node.item ? "" : " (absent)"}`,
    ...drawn(node.children, depth + 1),
  ]);
}

test("a flat list becomes a tree, in natural order", () => {
  const paths = ["/Shared/b10", "/Shared/b9", "/Shared", "/", "/System"];
  expect(drawn(pathTree(paths.map((path) => ({ path }))))).toEqual(["/", " Shared", "  b9", "  b10", " System"]);
});

test("ancestors that the list lacks are filled in", () => {
  expect(drawn(pathTree([{ path: "/Shared/acme/web" }]))).toEqual([
    "/ (absent)",
    " Shared (absent)",
    "  acme (absent)",
    "   web",
  ]);
});

test("parents and names of paths", () => {
  expect(parentPath("/")).toBeNull();
  expect(parentPath("/Shared")).toBe("/");
  expect(parentPath("/Shared/a b")).toBe("/Shared");
  expect(baseName("/Shared/a b")).toBe("a b");
  expect(joinPath("/", "x")).toBe("/x");
  expect(joinPath("/Shared", "x")).toBe("/Shared/x");
});

test("a name that only begins like the ancestor's is not within it", () => {
  expect(isWithin("/Shared/payments", "/Shared")).toBe(true);
  expect(isWithin("/Shared", "/Shared")).toBe(true);
  expect(isWithin("/SharedOther", "/Shared")).toBe(false);
  expect(isWithin("/System", "/")).toBe(true);
});
