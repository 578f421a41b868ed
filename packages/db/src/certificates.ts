/** Certificates' rows: what the certificate manager keeps, and which load balancers show them. */
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";
import { type LoadBalancerRow, ringBalancers } from "./load-balancers.ts";

/** What keys of certificates are sealed for, with the id of theirs as context. */
export const CERTIFICATES_PURPOSE = "certificates";

export interface CertificateRow {
  readonly id: string;
  readonly type: "IMPORTED" | "AMAZON_ISSUED";
  readonly domainName: string;
  readonly names: readonly string[];
  readonly keyAlgorithm: string;
  readonly certificatePem: string;
  readonly chainPem: string | null;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
  readonly renewedAt: Date;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, type, domain_name AS "domainName", names, key_algorithm AS "keyAlgorithm",
  certificate_pem AS "certificatePem", chain_pem AS "chainPem", not_before AS "notBefore", not_after AS "notAfter",
  tags, created_at AS "createdAt", renewed_at AS "renewedAt"`;

/** What may be replaced when a certificate is imported again. */
export type CertificateContent = Omit<CertificateRow, "id" | "type" | "tags" | "createdAt" | "renewedAt"> & {
  readonly sealedKey: string;
};

const contentOf = (content: CertificateContent) => [
  content.domainName,
  JSON.stringify(content.names),
  content.keyAlgorithm,
  content.certificatePem,
  content.chainPem,
  content.sealedKey,
  content.notBefore,
  content.notAfter,
];

export async function insertCertificate(
  tx: WriteTx,
  certificate: CertificateContent &
    Pick<CertificateRow, "id" | "type" | "tags"> & {
      readonly scopeId: number;
      readonly clientToken: string | null;
    },
): Promise<void> {
  await tx.query(
    `INSERT INTO certificates (domain_name, names, key_algorithm, certificate_pem, chain_pem, sealed_key, not_before,
       not_after, id, scope_id, type, client_token, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...contentOf(certificate),
      certificate.id,
      certificate.scopeId,
      certificate.type,
      certificate.clientToken,
      JSON.stringify(certificate.tags),
    ],
  );
}

export async function replaceCertificate(
  tx: WriteTx,
  id: string,
  content: CertificateContent,
): Promise<void> {
  await tx.query(
    `UPDATE certificates SET domain_name = $1, names = $2, key_algorithm = $3, certificate_pem = $4, chain_pem = $5,
       sealed_key = $6, not_before = $7, not_after = $8, renewed_at = now() WHERE id = $9`,
    [...contentOf(content), id],
  );
  ringBalancers(tx);
}

export async function findCertificate(
  tx: Reader,
  scopeId: number,
  id: string,
): Promise<CertificateRow | null> {
  const [row] = await tx.query<CertificateRow>(
    `SELECT ${COLUMNS} FROM certificates WHERE scope_id = $1 AND id = $2`,
    [scopeId, id],
  );
  return row ?? null;
}

/** The same, held until the transaction ends. */
export async function lockCertificate(
  tx: WriteTx,
  scopeId: number,
  id: string,
): Promise<CertificateRow | null> {
  const [row] = await tx.query<CertificateRow>(
    `SELECT ${COLUMNS} FROM certificates WHERE scope_id = $1 AND id = $2 FOR UPDATE`,
    [scopeId, id],
  );
  return row ?? null;
}

/** Those of the ids that are there, kept from being deleted until the transaction ends. */
export const shareCertificates = (tx: WriteTx, scopeId: number, ids: readonly string[]) =>
  tx.query<Pick<CertificateRow, "id" | "certificatePem" | "chainPem">>(
    `SELECT id, certificate_pem AS "certificatePem", chain_pem AS "chainPem" FROM certificates
     WHERE scope_id = $1 AND id = ANY($2) ORDER BY id FOR SHARE`,
    [scopeId, ids],
  );

/** Requests of a scope take turns, so that one token makes one certificate. */
export async function takeTurn(tx: WriteTx, scopeId: number): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtext('roadstead.certificates'), $1)", [scopeId]);
}

export async function findCertificateByToken(
  tx: Reader,
  scopeId: number,
  clientToken: string,
): Promise<CertificateRow | null> {
  const [row] = await tx.query<CertificateRow>(
    `SELECT ${COLUMNS} FROM certificates WHERE scope_id = $1 AND client_token = $2`,
    [scopeId, clientToken],
  );
  return row ?? null;
}

export async function forgetToken(tx: WriteTx, id: string): Promise<void> {
  await tx.query("UPDATE certificates SET client_token = NULL WHERE id = $1", [id]);
}

/** The oldest first. */
export const listCertificates = (tx: Reader, scopeId: number) =>
  tx.query<CertificateRow>(
    `SELECT ${COLUMNS} FROM certificates WHERE scope_id = $1 ORDER BY created_at, id`,
    [scopeId],
  );

export async function setCertificateTags(tx: WriteTx, id: string, tags: readonly Tag[]): Promise<void> {
  await tx.query("UPDATE certificates SET tags = $2 WHERE id = $1", [id, JSON.stringify(tags)]);
}

export async function deleteCertificate(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM certificates WHERE id = $1", [id]);
}

/** The load balancers with a listener that shows the certificate. */
export const balancersShowing = (tx: Reader, arn: string) =>
  tx.query<Pick<LoadBalancerRow, "id" | "name">>(
    `SELECT b.id, b.name FROM load_balancers b
     WHERE EXISTS (SELECT FROM listeners l WHERE l.load_balancer_id = b.id AND l.certificates @> to_jsonb($1::text))
     ORDER BY b.name`,
    [arn],
  );

/** The ARNs of every certificate that listeners of a scope show. */
export async function usedCertificates(tx: Reader, scopeId: number): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ arn: string }>(
    `SELECT DISTINCT jsonb_array_elements_text(l.certificates) AS arn
     FROM listeners l JOIN load_balancers b ON b.id = l.load_balancer_id WHERE b.scope_id = $1`,
    [scopeId],
  );
  return new Set(rows.map(({ arn }) => arn));
}
