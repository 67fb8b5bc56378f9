/** Which queries show objects of a kind: hierarchical keys, so that one entry stands for lists, pages and details. */
const KEYS: Record<string, readonly (readonly string[])[]> = {
  service: [
    ["swarm", "services"],
    ["swarm", "summary"],
  ],
  task: [
    ["swarm", "tasks"],
    ["swarm", "services"],
    ["swarm", "summary"],
  ],
  container: [
    ["swarm", "containers"],
    ["swarm", "summary"],
  ],
  node: [
    ["swarm", "nodes"],
    ["swarm", "summary"],
  ],
  cluster: [["swarm"]],
  audit: [["audit"]],
};

export function keysOfChange(kind: string): readonly (readonly string[])[] {
  return KEYS[kind] ?? [];
}
