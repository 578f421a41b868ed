/** Repositories, images, and the blobs below them. Bytes of layers are in the object store; manifests are here. */

import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { bytewise, createdAt, scopeId, tags } from "./columns.ts";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export type TagMutability = "MUTABLE" | "IMMUTABLE" | "MUTABLE_WITH_EXCLUSION" | "IMMUTABLE_WITH_EXCLUSION";

export const repositories = pgTable(
  "repositories",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: bytewise("name").notNull(),
    tagMutability: text("tag_mutability").$type<TagMutability>().notNull(),
    tagMutabilityExclusionFilters: jsonb("tag_mutability_exclusion_filters")
      .$type<{ readonly filterType: "WILDCARD"; readonly filter: string }[]>()
      .notNull()
      .default([]),
    scanOnPush: boolean("scan_on_push").notNull(),
    encryption: jsonb("encryption").$type<{ encryptionType: string; kmsKey?: string }>().notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("repositories_scope_name").on(t.scopeId, t.name)],
);

/** One row per distinct content. `objectKey` is random and never used twice. */
export const blobs = pgTable(
  "blobs",
  {
    digest: text("digest").primaryKey(),
    objectKey: text("object_key").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    /** Nothing may collect the blob before, referenced or not: clients were told that it exists. */
    leaseUntil: timestamp("lease_until", { withTimezone: true }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("blobs_object_key").on(t.objectKey)],
);

/** Which blobs a repository may serve: pushed to it, or mounted. */
export const repositoryBlobs = pgTable(
  "repository_blobs",
  {
    repositoryId: text("repository_id")
      .notNull()
      .references(() => repositories.id, { onDelete: "cascade" }),
    digest: text("digest")
      .notNull()
      .references(() => blobs.digest),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.repositoryId, t.digest] }), index("repository_blobs_digest").on(t.digest)],
);

/** An upload in progress; what the object store needs to go on is in `store`. */
export const uploads = pgTable(
  "uploads",
  {
    id: text("id").primaryKey(),
    repositoryId: text("repository_id")
      .notNull()
      .references(() => repositories.id, { onDelete: "cascade" }),
    store: jsonb("store").$type<Record<string, unknown>>().notNull(),
    received: bigint("received", { mode: "number" }).notNull(),
    /** sha256 of the bytes received so far, so that any replica can finish with a comparison. */
    sha256: text("sha256"),
    version: integer("version").notNull().default(1),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index("uploads_updated").on(t.updatedAt)],
);

export const manifests = pgTable(
  "manifests",
  {
    repositoryId: text("repository_id")
      .notNull()
      .references(() => repositories.id, { onDelete: "cascade" }),
    digest: text("digest").notNull(),
    mediaType: text("media_type").notNull(),
    artifactType: text("artifact_type"),
    configMediaType: text("config_media_type"),
    subjectDigest: text("subject_digest"),
    annotations: jsonb("annotations").$type<Record<string, string>>(),
    /** Exactly as pushed. */
    bytes: bytea("bytes").notNull(),
    /** Layers and configuration; of an index, its largest child. */
    imageSize: bigint("image_size", { mode: "number" }).notNull(),
    pushedAt: timestamp("pushed_at", { withTimezone: true }).notNull().defaultNow(),
    lastPulledAt: timestamp("last_pulled_at", { withTimezone: true }),
  },
  (t) => [
    primaryKey({ columns: [t.repositoryId, t.digest] }),
    index("manifests_subject").on(t.repositoryId, t.subjectDigest).where(sql`subject_digest is not null`),
    index("manifests_pushed").on(t.repositoryId, t.pushedAt, t.digest),
  ],
);

/** What a manifest needs to be pullable: blobs, and manifests below an index. */
export const manifestReferences = pgTable(
  "manifest_references",
  {
    repositoryId: text("repository_id").notNull(),
    manifestDigest: text("manifest_digest").notNull(),
    kind: text("kind").$type<"blob" | "manifest">().notNull(),
    digest: text("digest").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.repositoryId, t.manifestDigest, t.kind, t.digest] }),
    foreignKey({
      columns: [t.repositoryId, t.manifestDigest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete("cascade"),
    index("manifest_references_digest").on(t.repositoryId, t.digest),
  ],
);

export const imageTags = pgTable(
  "image_tags",
  {
    repositoryId: text("repository_id").notNull(),
    tag: bytewise("tag").notNull(),
    digest: text("digest").notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.repositoryId, t.tag] }),
    foreignKey({
      columns: [t.repositoryId, t.digest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete("cascade"),
    index("image_tags_digest").on(t.repositoryId, t.digest),
  ],
);
