const REGISTRY = "registry:";

/** "/Shared/payments", "registry:acme/*": what a grant is on, as the server names places in its answers. */
export type Place = string;

/** As grants and questions write it: "collection:/Shared/payments". */
export function resourceOf(place: Place): string {
  return isInRegistry(place) ? place : `collection:${place}`;
}

/** "collection:/Shared" → "/Shared"; repositories keep their prefix. */
export function placeOf(resource: string): Place {
  return resource.replace(/^collection:/, "");
}

export function isInRegistry(place: Place): boolean {
  return place.startsWith(REGISTRY);
}

/** "acme/*" → "registry:acme/*"; no place where nothing is given. */
export function inRegistry(repositories: string): Place {
  return repositories && REGISTRY + repositories.trim();
}

/** "registry:acme/*" → "acme/*"; "" of a collection. */
export function repositoriesOf(place: Place): string {
  return isInRegistry(place) ? place.slice(REGISTRY.length) : "";
}
