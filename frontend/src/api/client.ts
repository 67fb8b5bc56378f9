/** The one way to the REST API: typed by path, same-origin, cookie session with the CSRF header, errors thrown. */

import createClient, { type Middleware } from "openapi-fetch";
import { problemOf, unreachable } from "@/api/problem";
import type { paths } from "@/api/schema";
import { readCookie } from "@/lib/cookies";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

const session: Middleware = {
  onRequest({ request }) {
    if (!SAFE_METHODS.has(request.method)) request.headers.set("X-CSRF-Token", readCookie("quarterdeck_csrf"));
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === "AbortError" ? undefined : unreachable();
  },
};

export const client = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
client.use(session);

/** The body of a successful answer. The middleware has thrown for every other one. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** The body of a successful answer with its version, which `If-Match` takes back with a change. */
export async function versionedBody<T>(answer: Promise<{ data?: T; response: Response }>): Promise<Versioned<T>> {
  const { data, response } = await answer;
  return { value: data as T, etag: response.headers.get("ETag") ?? "" };
}

export interface Versioned<T> {
  value: T;
  etag: string;
}

/** The header that makes a change fail where somebody else has changed the object since. */
export function ifMatch(etag: string): { "If-Match"?: string } {
  return etag ? { "If-Match": etag } : {};
}
