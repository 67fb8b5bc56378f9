/** The objects of the REST API by the names the console uses; their shapes are generated from our OpenAPI document. */

import type { components } from "@/api/schema";

type Schemas = components["schemas"];

/** One page of any list. */
export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}

export type AccessEffect = Schemas["AccessEffect"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditSettings = Schemas["AuditSettings"];
export type AuditSettingsUpdate = Schemas["PatchedAuditSettingsRequest"];
export type AuditState = Schemas["AuditState"];
export type Bundle = Schemas["Bundle"];
export type Cluster = Schemas["Cluster"];
export type Collection = Schemas["Collection"];
export type CollectionDetail = Schemas["CollectionDetail"];
export type CollectionObject = Schemas["PlacedObject"];
export type Decision = Schemas["Decision"];
export type Departure = Schemas["Departure"];
export type Container = Schemas["Container"];
export type Grant = Schemas["Grant"];
export type GrantCreate = Schemas["GrantBodyRequest"];
export type GrantUpdate = Schemas["PatchedGrantUpdateBodyRequest"];
export type Held = Schemas["Held"];
export type Holder = Schemas["Holder"];
export type ImportReport = Schemas["ImportReport"];
export type Job = Schemas["Job"];
export type LabelConstraint = Schemas["LabelConstraint"];
export type Me = Schemas["Me"];
export type Member = Schemas["Member"];
export type Node = Schemas["Node"];
export type Operation = Schemas["Operation"];
export type Organization = Schemas["Organization"];
export type Role = Schemas["Role"];
export type RoleCreate = Schemas["RoleBodyRequest"];
export type RolePreview = Schemas["RolePreview"];
export type RoleUpdate = Schemas["PatchedRoleUpdateBodyRequest"];
export type RoleVersion = Schemas["RoleVersion"];
export type Service = Schemas["Service"];
export type ServiceAccount = Schemas["ServiceAccount"];
export type ServiceDetail = Schemas["ServiceDetail"];
export type Summary = Schemas["Summary"];
export type Task = Schemas["Task"];
export type Team = Schemas["Team"];
export type User = Schemas["User"];
export type UserDetail = Schemas["UserDetail"];
export type UserCreate = Schemas["UserCreateRequest"];
export type UserUpdate = Schemas["PatchedUserUpdateRequest"];
