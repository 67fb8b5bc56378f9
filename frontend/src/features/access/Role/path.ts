/** The address of a role's page, or of one of its tabs. */
export function rolePath(name: string, tab = ""): string {
  return `/roles/${encodeURIComponent(name)}${tab && `/${tab}`}`;
}
