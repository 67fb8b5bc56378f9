import { expect, test } from "vitest";
import { baseName, isWithin, joinPath, parentPath } from "@/lib/path";

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
