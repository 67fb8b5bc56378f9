/** A role's operations, as a form edits them: the name of each operation with the options it allows. */

export type Operations = Readonly<Record<string, readonly string[]>>;

/** Adds an operation without any option, or takes it away with all of them. */
export function toggleOperation(operations: Operations, name: string, isHeld: boolean): Operations {
  const { [name]: before, ...others } = operations;
  return isHeld ? { ...others, [name]: before ?? [] } : others;
}

/** Adds an option, and the operation with it; or takes the option alone away. */
export function toggleOption(operations: Operations, name: string, option: string, isHeld: boolean): Operations {
  const others = (operations[name] ?? []).filter((held) => held !== option);
  return { ...operations, [name]: isHeld ? [...others, option] : others };
}

/** What `after` holds and `before` does not: "Service Create" or "Service Create with Host Bind Mounts", sorted. */
export function gained(before: Operations, after: Operations): string[] {
  const held = new Set(rightsOf(before));
  return rightsOf(after).filter((right) => !held.has(right));
}

export function isSame(one: Operations, other: Operations): boolean {
  return gained(one, other).length === 0 && gained(other, one).length === 0;
}

/** In the shape the API takes. */
export function asBody(operations: Operations): Record<string, string[]> {
  return Object.fromEntries(Object.entries(operations).map(([name, options]) => [name, [...options]]));
}

function rightsOf(operations: Operations): string[] {
  return Object.entries(operations)
    .flatMap(([name, options]) => [name, ...options.map((option) => `${name} with ${option}`)])
    .sort((a, b) => a.localeCompare(b, "en"));
}
