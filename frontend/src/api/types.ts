/** The objects of the REST API, as the console reads them. */

export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}

/** What this caller may do to the object it stands in. */
export type Capabilities = Record<string, boolean | undefined>;

export interface User {
  id: string;
  username: string;
  full_name: string;
  email: string;
  is_admin: boolean;
  is_active: boolean;
  source: string;
  created_at: string;
  last_login: string | null;
  capabilities: Capabilities;
}

export interface UserWrite {
  username?: string;
  full_name?: string;
  email?: string;
  is_admin?: boolean;
  is_active?: boolean;
  password?: string;
}

export interface Me {
  user: User;
  organizations: { name: string; is_admin: boolean }[];
  teams: { organization: string; name: string; is_admin: boolean }[];
  capabilities: Capabilities;
  password_is_initial: boolean;
}

export interface SignedIn {
  token: string;
  expires_at: string;
  user: User;
}

export interface Organization {
  id: string;
  name: string;
  full_name: string;
  is_builtin: boolean;
  members_count: number;
  teams_count: number;
  created_at: string;
  capabilities: Capabilities;
}

export interface Team {
  id: string;
  organization: string;
  name: string;
  description: string;
  members_count: number;
  created_at: string;
  capabilities: Capabilities;
}

export interface Member {
  username: string;
  full_name: string;
  is_admin: boolean;
}

export interface Operation {
  name: string;
  group: string;
  description: string;
  options: { name: string; description: string }[];
}

export interface Role {
  id: string;
  name: string;
  description: string;
  is_builtin: boolean;
  operations: Record<string, string[]>;
}

export interface Collection {
  id: string;
  path: string;
  name: string;
  parent: string | null;
  is_builtin: boolean;
  objects_count: number;
  children_count: number;
  created_at: string;
  capabilities: Capabilities;
}

export interface CollectionObject {
  id: string;
  kind: string;
  name: string;
  owner: string | null;
  created_at: string;
}

export interface Grant {
  id: string;
  subject: string;
  role: string;
  resource: string;
  expires_at: string | null;
  comment: string;
  created_by: string | null;
  created_at: string;
  capabilities: Capabilities;
}

export interface GrantWrite {
  subject: string;
  role: string;
  resource: string;
  expires_at?: string;
  comment?: string;
}

export interface Bundle {
  id: string;
  name: string;
  username: string;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  last_address: string | null;
  fingerprint: string;
  capabilities: Capabilities;
}

export interface Cluster {
  id: string;
  name: string;
  kind: string;
  state: string;
  version: string;
  api_version: string;
  error: string;
  url: string;
  nodes: { total: number; ready: number };
  advice: string;
  seen_at: string | null;
  is_private: boolean;
  capabilities: Capabilities;
}

export interface Summary {
  clusters: Cluster[];
  services: { total: number; running: number };
  tasks: { running: number; failed: number };
  nodes: { total: number; ready: number };
  containers: { total: number; running: number };
}

export interface Service {
  id: string;
  name: string;
  collection: string;
  owner: string | null;
  image: string;
  mode: string;
  replicas: { running: number; desired: number };
  state: string;
  created_at: string;
  updated_at: string;
  labels: Record<string, string>;
  ports: string[];
  capabilities: Capabilities;
}

export interface ServiceDetail extends Service {
  spec: Record<string, unknown>;
}

export interface Task {
  id: string;
  name: string;
  service_id: string;
  slot: number | null;
  node_id: string;
  node: string;
  container_id: string;
  state: string;
  desired_state: string;
  message: string;
  error: string;
  image: string;
  updated_at: string;
  capabilities: Capabilities;
}

export interface Node {
  id: string;
  hostname: string;
  role: string;
  availability: string;
  state: string;
  address: string;
  collection: string;
  engine_version: string;
}

export interface Container {
  id: string;
  name: string;
  image: string;
  state: string;
  status: string;
  collection: string;
  owner: string | null;
  service_id: string | null;
  node: string;
  created_at: string;
  capabilities: Capabilities;
}

export interface AuditEntry {
  id: string;
  time: string;
  actor: string;
  actor_kind: string;
  address: string;
  operation: string;
  target_kind: string;
  target_id: string;
  target_name: string;
  collection: string;
  outcome: string;
  reason: string;
  detail: unknown;
  request_id: string;
  sequence: number | null;
}
