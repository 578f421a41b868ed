/** Roles, managed policies with their versions, what is attached to whom, and instance profiles. */

import { sql } from "drizzle-orm";
import {
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { createdAt, tags } from "./columns.ts";
import { users } from "./iam.ts";
import { accounts } from "./scope.ts";

const accountId = () =>
  text("account_id")
    .notNull()
    .references(() => accounts.accountId);

export const roles = pgTable(
  "roles",
  {
    /** AROA… as AWS mints it. */
    roleId: text("role_id").primaryKey(),
    accountId: accountId(),
    name: text("name").notNull(),
    path: text("path").notNull(),
    description: text("description"),
    trustPolicy: text("trust_policy").notNull(),
    maxSessionSeconds: integer("max_session_seconds").notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("roles_account_name").on(t.accountId, sql`lower(${t.name})`)],
);

export const rolePolicies = pgTable(
  "role_policies",
  {
    roleId: text("role_id")
      .notNull()
      .references(() => roles.roleId, { onDelete: "cascade" }),
    name: text("name").notNull(),
    document: text("document").notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.roleId, t.name] })],
);

/** Those that customers make; AWS's own are no rows. */
export const managedPolicies = pgTable(
  "managed_policies",
  {
    /** ANPA… as AWS mints it. */
    policyId: text("policy_id").primaryKey(),
    accountId: accountId(),
    name: text("name").notNull(),
    path: text("path").notNull(),
    arn: text("arn").notNull(),
    description: text("description"),
    lastVersion: integer("last_version").notNull(),
    tags: tags(),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("managed_policies_account_name").on(t.accountId, sql`lower(${t.name})`),
    uniqueIndex("managed_policies_arn").on(t.arn),
  ],
);

export const policyVersions = pgTable(
  "policy_versions",
  {
    policyId: text("policy_id")
      .notNull()
      .references(() => managedPolicies.policyId, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    document: text("document").notNull(),
    isDefault: boolean("is_default").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.policyId, t.version] }),
    uniqueIndex("policy_versions_one_default").on(t.policyId).where(sql`${t.isDefault}`),
  ],
);

/** By ARN, because AWS's own policies have no row. */
export const attachedRolePolicies = pgTable(
  "attached_role_policies",
  {
    roleId: text("role_id")
      .notNull()
      .references(() => roles.roleId, { onDelete: "cascade" }),
    policyArn: text("policy_arn").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.roleId, t.policyArn] }),
    index("attached_role_policies_arn").on(t.policyArn),
  ],
);

export const attachedUserPolicies = pgTable(
  "attached_user_policies",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.userId, { onDelete: "cascade" }),
    policyArn: text("policy_arn").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.policyArn] }),
    index("attached_user_policies_arn").on(t.policyArn),
  ],
);

export const instanceProfiles = pgTable(
  "instance_profiles",
  {
    /** AIPA… as AWS mints it. */
    instanceProfileId: text("instance_profile_id").primaryKey(),
    accountId: accountId(),
    name: text("name").notNull(),
    path: text("path").notNull(),
    roleId: text("role_id").references(() => roles.roleId),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("instance_profiles_account_name").on(t.accountId, sql`lower(${t.name})`),
    index("instance_profiles_role").on(t.roleId),
  ],
);
