/** Errors of the API (RFC 9457 problem+json) as the console shows them. */

export interface ProblemDocument {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?: Record<string, string[]>;
  operation?: string;
  collection?: string;
  missing?: string[];
  [more: string]: unknown;
}

/** A request that the server refused or that never reached it. `message` is written for the person who reads it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Sentences by field; a dotted path for nested fields. */
  readonly fields: Readonly<Record<string, string[]>>;
  readonly retryAfterSeconds: number | null;
  readonly requestId: string;
  /** The whole answer, for errors that say more than others do. */
  readonly document: Readonly<ProblemDocument>;

  constructor(init: {
    message: string;
    status: number;
    code: string;
    fields?: Record<string, string[]>;
    retryAfterSeconds?: number | null;
    requestId?: string;
    document?: ProblemDocument;
  }) {
    super(init.message);
    this.name = "ApiError";
    this.status = init.status;
    this.code = init.code;
    this.fields = init.fields ?? {};
    this.retryAfterSeconds = init.retryAfterSeconds ?? null;
    this.requestId = init.requestId ?? "";
    this.document = init.document ?? {};
  }

  /** The sentences for one field, joined; "" where it has none. */
  field(name: string): string {
    return (this.fields[name] ?? []).join(" ");
  }

  /** What is wrong beyond the given fields, for the alert above a form; "" where the fields say it all. */
  beyond(shown: readonly string[]): string {
    const others = Object.entries(this.fields).filter(([name]) => !shown.includes(name));
    if (others.length > 0) return others.map(([name, texts]) => `${name}: ${texts.join(" ")}`).join("; ");
    return Object.keys(this.fields).length > 0 ? "" : this.message;
  }

  get isSignInNeeded(): boolean {
    return this.status === 401;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }
}

/** The error of an answer that is not a success. A body that is no problem document still gives a sentence. */
export async function problemOf(response: Response): Promise<ApiError> {
  const document = await readDocument(response);
  const retryAfter = Number(response.headers.get("Retry-After") ?? "");
  return new ApiError({
    message: document.detail || document.title || fallback(response.status),
    status: response.status,
    code: document.code ?? `http-${response.status}`,
    fields: document.errors ?? {},
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? Math.ceil(retryAfter) : null,
    requestId: response.headers.get("Quarterdeck-Request-Id") ?? "",
    document,
  });
}

/** The error of a request that got no answer at all. */
export function unreachable(): ApiError {
  return new ApiError({
    message: "The server does not answer. Check that Quarterdeck is running and that this machine reaches it.",
    status: 0,
    code: "unreachable",
  });
}

/** Any thrown value as an ApiError, so that views have one shape to show. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError({ message, status: 0, code: "internal" });
}

async function readDocument(response: Response): Promise<ProblemDocument> {
  if (!/[/+]json\b/.test(response.headers.get("Content-Type") ?? "")) return {};
  try {
    const body: unknown = await response.json();
    return body !== null && typeof body === "object" ? { ...body } : {};
  } catch {
    return {};
  }
}

function fallback(status: number): string {
  if (status === 502 || status === 503 || status === 504) {
    return `A part of Quarterdeck does not answer (${status}). It is restarted by itself; try again in a moment.`;
  }
  return `The server answered with status ${status}.`;
}
