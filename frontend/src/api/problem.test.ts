import { describe, expect, test } from "vitest";
import { asApiError, problemOf, unreachable } from "@/api/problem";

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

describe("problemOf", () => {
  test("takes the sentence, the code and the request id", async () => {
    const error = await problemOf(
      answer(
        403,
        { title: "Refused", detail: "bob may not do this", code: "refused" },
        { "Quarterdeck-Request-Id": "r1" },
      ),
    );
    expect(error).toMatchObject({ status: 403, code: "refused", message: "bob may not do this", requestId: "r1" });
  });

  test("gives each field its sentences, and the alert only the rest", async () => {
    const error = await problemOf(
      answer(400, { detail: "…", errors: { username: ["is too long", "is taken"], team: ["is unknown"] } }),
    );
    expect(error.field("username")).toBe("is too long is taken");
    expect(error.field("email")).toBe("");
    expect(error.beyond(["username"])).toBe("team: is unknown");
    expect(error.beyond(["username", "team"])).toBe("");
  });

  test("an error without fields goes to the alert whole", async () => {
    const error = await problemOf(answer(409, { detail: "it is still in use" }));
    expect(error.beyond(["name"])).toBe("it is still in use");
  });

  test("reads after how many seconds to try again", async () => {
    expect((await problemOf(answer(429, { detail: "slow" }, { "Retry-After": "7" }))).retryAfterSeconds).toBe(7);
    expect((await problemOf(answer(429, { detail: "slow" }))).retryAfterSeconds).toBeNull();
  });

  test.each([
    ["no JSON", new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "Content-Type": "text/html" } })],
    ["broken JSON", new Response("{", { status: 502, headers: { "Content-Type": "application/problem+json" } })],
    ["no object", answer(502, null)],
  ])("%s still gives a sentence", async (_, response) => {
    const error = await problemOf(response);
    expect(error.status).toBe(502);
    expect(error.message).toMatch(/does not answer/);
  });
});

test("a request that got no answer says what to check", () => {
  expect(unreachable()).toMatchObject({ status: 0, code: "unreachable" });
});

test("any thrown value becomes an error with a message", () => {
  expect(asApiError(new Error("broken")).message).toBe("broken");
  expect(asApiError("text").message).toBe("text");
});
