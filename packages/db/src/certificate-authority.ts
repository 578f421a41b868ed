/** The installation's one certificate authority, its keys sealed at rest; every process that opens a TLS port reads it. */
import type { Db } from "./connect.ts";
import type { SecretBox } from "./secrets.ts";

export interface AuthorityMaterial {
  readonly certificatePem: string;
  /** PKCS #8, as is the next. */
  readonly keyPem: string;
  /** The key of every server certificate. */
  readonly serverKeyPem: string;
}

const KEY = "certificate-authority-key";
const SERVER_KEY = "server-key";

/** The stored one, or what `make` makes when there is none yet; replicas that race agree on one. */
export async function ensureCertificateAuthority(
  db: Pick<Db, "query" | "write">,
  box: SecretBox,
  make: () => Promise<AuthorityMaterial>,
): Promise<AuthorityMaterial> {
  const known = await find(db, box);
  if (known) return known;
  const made = await make();
  await db.write((tx) =>
    tx.query(
      `INSERT INTO certificate_authority (id, certificate_pem, sealed_key, sealed_server_key)
       VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING`,
      [made.certificatePem, box.seal(made.keyPem, KEY), box.seal(made.serverKeyPem, SERVER_KEY)],
    ),
  );
  const stored = await find(db, box);
  if (!stored) throw new Error("the certificate authority vanished");
  return stored;
}

async function find(db: Pick<Db, "query">, box: SecretBox): Promise<AuthorityMaterial | null> {
  const [row] = await db.query<{ certificatePem: string; sealedKey: string; sealedServerKey: string }>(
    `SELECT certificate_pem AS "certificatePem", sealed_key AS "sealedKey", sealed_server_key AS "sealedServerKey"
     FROM certificate_authority WHERE id = 1`,
  );
  if (!row) return null;
  const keyPem = box.open(row.sealedKey, KEY);
  const serverKeyPem = box.open(row.sealedServerKey, SERVER_KEY);
  if (keyPem === null || serverKeyPem === null) {
    throw new Error(
      "the certificate authority's keys do not open: they were sealed under another master key",
    );
  }
  return { certificatePem: row.certificatePem, keyPem, serverKeyPem };
}
