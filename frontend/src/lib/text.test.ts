import { expect, test } from "vitest";
import { backoffMilliseconds } from "@/lib/backoff";
import { readCookie } from "@/lib/cookies";
import { relativeTime } from "@/lib/time";

const NOW = Date.parse("2026-01-01T12:00:00Z");

test.each([
  ["2026-01-01T11:59:58Z", "just now"],
  ["2026-01-01T11:59:20Z", "40 seconds ago"],
  ["2026-01-01T11:57:00Z", "3 minutes ago"],
  ["2025-12-31T12:00:00Z", "yesterday"],
  ["2026-01-03T12:00:00Z", "in 2 days"],
  ["not a time", ""],
])("%s is %s", (iso, text) => {
  expect(relativeTime(iso, NOW)).toBe(text);
});

test("waits grow to fifteen seconds and never further", () => {
  expect(backoffMilliseconds(0, () => 1)).toBe(500);
  expect(backoffMilliseconds(3, () => 0)).toBe(2000);
  expect(backoffMilliseconds(1000, () => 1)).toBe(15_000);
});

test("a cookie is found by its whole name", () => {
  expect(readCookie("quarterdeck_csrf", "x_quarterdeck_csrf=no; quarterdeck_csrf=a%3Db=c")).toBe("a=b=c");
  expect(readCookie("absent", "a=b")).toBe("");
});
