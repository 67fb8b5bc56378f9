import { describe, expect, it } from "vitest";
import { gained, isSame, toggleOperation, toggleOption } from "@/lib/operations";

describe("operations of a role", () => {
  it("adds an operation without any option", () => {
    expect(toggleOperation({}, "Service Create", true)).toEqual({ "Service Create": [] });
  });

  it("takes an operation away with its options", () => {
    expect(toggleOperation({ "Service Create": ["Devices"], "Node View": [] }, "Service Create", false)).toEqual({
      "Node View": [],
    });
  });

  it("adds the operation with its first option", () => {
    expect(toggleOption({}, "Service Create", "Devices", true)).toEqual({ "Service Create": ["Devices"] });
  });

  it("keeps the operation when its last option goes", () => {
    expect(toggleOption({ "Service Create": ["Devices"] }, "Service Create", "Devices", false)).toEqual({
      "Service Create": [],
    });
  });

  it("tells what one has and the other lacks", () => {
    expect(gained({ "Node View": [] }, { "Node View": [], "Service Create": ["Devices"] })).toEqual([
      "Service Create",
      "Service Create with Devices",
    ]);
  });

  it("does not mind the order of options", () => {
    expect(isSame({ A: ["x", "y"] }, { A: ["y", "x"] })).toBe(true);
    expect(isSame({ A: ["x"] }, { A: [] })).toBe(false);
  });
});
