/** The REST API by path, in the shape of openapi-typescript. */

import type * as T from "@/api/types";

type Parameters<Path, Query> = { query?: Query; header?: never; cookie?: never } & ([Path] extends [never]
  ? { path?: never }
  : { path: Path });
interface Answer<Body> {
  headers: Record<string, unknown>;
  content: { "application/json": Body };
}
interface NoContent {
  headers: Record<string, unknown>;
  content?: never;
}
interface Operation<Path, Query, Body, Result> {
  parameters: Parameters<Path, Query>;
  requestBody: { content: { "application/json": Body } };
  responses: { 200: Result };
}
interface Read<Path, Query, Result> {
  parameters: Parameters<Path, Query>;
  requestBody?: never;
  responses: { 200: Answer<Result> };
}
interface Remove<Path> {
  parameters: Parameters<Path, never>;
  requestBody?: never;
  responses: { 204: NoContent };
}
type None = never;
type Write<Path, Body, Result> = Operation<Path, never, Body, Answer<Result>>;
type Act<Path, Body> = Operation<Path, never, Body, NoContent>;

interface Paging {
  limit?: number;
  offset?: number;
  search?: string;
  ordering?: string;
}

interface User {
  username: string;
}
interface Org {
  organization: string;
}
interface Id {
  id: string;
}
type OrgMember = Org & User;
type OrgTeam = Org & { team: string };
type TeamMember = OrgTeam & User;

export interface paths {
  "/api/v1/auth/login": { post: Write<None, { username: string; password: string }, T.SignedIn> };
  "/api/v1/auth/logout": { post: Remove<None> };
  "/api/v1/auth/me": { get: Read<None, None, T.Me> };
  "/api/v1/users/": {
    get: Read<None, Paging & { is_active?: boolean }, T.Page<T.User>>;
    post: Write<None, T.UserWrite, T.User>;
  };
  "/api/v1/users/{username}/": {
    get: Read<User, None, T.User>;
    patch: Write<User, T.UserWrite, T.User>;
    delete: Remove<User>;
  };
  "/api/v1/users/{username}/password": {
    post: Act<User, { old_password?: string; new_password: string }>;
  };
  "/api/v1/organizations/": {
    get: Read<None, Paging, T.Page<T.Organization>>;
    post: Write<None, { name: string; full_name?: string }, T.Organization>;
  };
  "/api/v1/organizations/{organization}/": {
    get: Read<Org, None, T.Organization>;
    patch: Write<Org, { full_name?: string }, T.Organization>;
    delete: Remove<Org>;
  };
  "/api/v1/organizations/{organization}/members/": { get: Read<Org, Paging, T.Page<T.Member>> };
  "/api/v1/organizations/{organization}/members/{username}": {
    put: Write<OrgMember, { is_admin: boolean }, T.Member>;
    delete: Remove<OrgMember>;
  };
  "/api/v1/organizations/{organization}/teams/": {
    get: Read<Org, Paging, T.Page<T.Team>>;
    post: Write<Org, { name: string; description?: string }, T.Team>;
  };
  "/api/v1/organizations/{organization}/teams/{team}/": {
    get: Read<OrgTeam, None, T.Team>;
    delete: Remove<OrgTeam>;
  };
  "/api/v1/organizations/{organization}/teams/{team}/members/": {
    get: Read<OrgTeam, Paging, T.Page<T.Member>>;
  };
  "/api/v1/organizations/{organization}/teams/{team}/members/{username}": {
    put: Write<TeamMember, { is_admin: boolean }, T.Member>;
    delete: Remove<TeamMember>;
  };
  "/api/v1/operations/": { get: Read<None, None, T.Operation[]> };
  "/api/v1/roles/": { get: Read<None, Paging, T.Page<T.Role>> };
  "/api/v1/collections/": {
    get: Read<None, Paging & { path?: string; parent?: string }, T.Page<T.Collection>>;
    post: Write<None, { path: string }, T.Collection>;
  };
  "/api/v1/collections/{id}/": {
    get: Read<Id, None, T.Collection>;
    patch: Write<Id, { path: string }, T.Collection>;
    delete: Remove<Id>;
  };
  "/api/v1/collections/{id}/objects/": { get: Read<Id, Paging, T.Page<T.CollectionObject>> };
  "/api/v1/grants/": {
    get: Read<None, Paging & { subject?: string; collection?: string; role?: string }, T.Page<T.Grant>>;
    post: Write<None, T.GrantWrite, T.Grant>;
  };
  "/api/v1/grants/{id}/": { delete: Remove<Id> };
  "/api/v1/bundles/": {
    get: Read<None, Paging, T.Page<T.Bundle>>;
    post: Write<None, { name: string; expires_at?: string }, Blob>;
  };
  "/api/v1/bundles/{id}/": { delete: Remove<Id> };
  "/api/v1/clusters/": {
    get: Read<None, Paging, T.Page<T.Cluster>>;
    post: Write<None, { name: string; url: string }, T.Cluster>;
  };
  "/api/v1/swarm/summary": { get: Read<None, None, T.Summary> };
  "/api/v1/swarm/services/": { get: Read<None, Paging, T.Page<T.Service>> };
  "/api/v1/swarm/services/{id}/": { get: Read<Id, None, T.ServiceDetail>; delete: Remove<Id> };
  "/api/v1/swarm/services/{id}/scale": { post: Write<Id, { replicas: number }, T.Service> };
  "/api/v1/swarm/tasks/": { get: Read<None, Paging & { service?: string }, T.Page<T.Task>> };
  "/api/v1/swarm/nodes/": { get: Read<None, Paging, T.Page<T.Node>> };
  "/api/v1/swarm/containers/": { get: Read<None, Paging, T.Page<T.Container>> };
  "/api/v1/audit/": {
    get: Read<
      None,
      Paging & { actor?: string; operation?: string; target?: string; outcome?: string; from?: string; to?: string },
      T.Page<T.AuditEntry>
    >;
  };
}
