/** Certificates of AWS's certificate manager: brought by their owners, or issued by the installation's authority. */

import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, scopeId, tags } from "./columns.ts";

export const certificates = pgTable(
  "certificates",
  {
    /** A UUID, as in the ARN `…:certificate/<id>`. */
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    type: text("type").$type<"IMPORTED" | "AMAZON_ISSUED">().notNull(),
    domainName: text("domain_name").notNull(),
    /** All names the certificate is good for, the domain name among them. */
    names: jsonb("names").$type<string[]>().notNull(),
    keyAlgorithm: text("key_algorithm").notNull(),
    certificatePem: text("certificate_pem").notNull(),
    /** Those that vouch for it, nearest first. */
    chainPem: text("chain_pem"),
    /** PKCS #8, sealed for the purpose `certificates` with the id as context. */
    sealedKey: text("sealed_key").notNull(),
    notBefore: timestamp("not_before", { withTimezone: true }).notNull(),
    notAfter: timestamp("not_after", { withTimezone: true }).notNull(),
    /** Of a request: asked again with it in the same words, it is the same certificate. */
    clientToken: text("client_token"),
    tags: tags(),
    createdAt: createdAt(),
    /** When what is there now was issued or imported. */
    renewedAt: timestamp("renewed_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    index("certificates_scope").on(t.scopeId, t.createdAt),
    uniqueIndex("certificates_token").on(t.scopeId, t.clientToken).where(sql`client_token is not null`),
  ],
);
