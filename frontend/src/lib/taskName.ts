/** A task's container is called `service.slot.id`: the id is noise beside the name, and belongs in a tooltip. */
export function shortTaskName(name: string): string {
  return name.replace(/\.[0-9a-z]{25}$/, "");
}
