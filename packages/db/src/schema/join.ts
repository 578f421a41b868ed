/** What other machines are let in by: the installation's certificate authority, and tokens to join with. */
import { sql } from "drizzle-orm";
import { check, integer, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, scopeId } from "./columns.ts";
import { agents } from "./iam.ts";

/** One row. Every replica signs its own certificates with it. */
export const certificateAuthority = pgTable(
  "certificate_authority",
  {
    id: integer("id").primaryKey(),
    certificatePem: text("certificate_pem").notNull(),
    sealedKey: text("sealed_key").notNull(),
    /** The one key of every server certificate, so that it can be pinned while certificates come and go. */
    sealedServerKey: text("sealed_server_key").notNull(),
    createdAt: createdAt(),
  },
  (t) => [check("certificate_authority_one", sql`${t.id} = 1`)],
);

/** Good for one machine; the secret itself is nowhere. */
export const joinTokens = pgTable(
  "join_tokens",
  {
    id: text("id").primaryKey(),
    secretHash: text("secret_hash").notNull(),
    scopeId: scopeId(),
    clusterName: text("cluster_name").notNull(),
    createdAt: createdAt(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
    usedAt: timestamp("used_at", { withTimezone: true }),
    /** Who used it: the same machine may ask again when it did not hear the answer. */
    claimHash: text("claim_hash"),
    machineName: text("machine_name"),
    agentId: text("agent_id").references(() => agents.id),
  },
  (t) => [uniqueIndex("join_tokens_secret").on(t.secretHash), uniqueIndex("join_tokens_agent").on(t.agentId)],
);
