/**
 * Sessions of roles: credentials that carry themselves, sealed in the session token, with no row. AssumeRole and whoever
 * gives tasks their credentials mint them; the authenticating edges resolve them, against the role as it is then.
 */
import { assumedRoleArn, roleArn } from "@roadstead/model/arn";
import { type KeyHolder, mintSecret, mintUniqueId } from "./access-keys.ts";
import { type AttachedPolicy, attachedDocuments, attachedPoliciesSql } from "./attached-policies.ts";
import type { Db } from "./connect.ts";
import type { SecretBox } from "./secrets.ts";

const PREFIX = "ASIA";

export interface NewSession {
  readonly roleId: string;
  readonly sessionName: string;
  readonly expiresAtMs: number;
  /** A task whose end is the session's end. */
  readonly taskId: string | null;
  /** Narrows what the role may do. */
  readonly sessionPolicy: string | null;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export const isSessionKey = (accessKeyId: string): boolean => accessKeyId.startsWith(PREFIX);

/** Sealed beside access keys, and never to be taken for one of them. */
const contextOf = (accessKeyId: string) => `session-token:${accessKeyId}`;

/** `box` is the one that seals access keys. */
export function mintSession(box: SecretBox, session: NewSession): SessionCredentials {
  const accessKeyId = mintUniqueId(PREFIX);
  const secretAccessKey = mintSecret();
  const { roleId, sessionName, expiresAtMs, taskId, sessionPolicy } = session;
  const sealed = [secretAccessKey, roleId, sessionName, expiresAtMs, taskId, sessionPolicy];
  const sessionToken = box.seal(JSON.stringify(sealed), contextOf(accessKeyId));
  return { accessKeyId, secretAccessKey, sessionToken };
}

function openSession(
  box: SecretBox,
  { accessKeyId, sessionToken }: Pick<SessionCredentials, "accessKeyId" | "sessionToken">,
): (NewSession & Pick<SessionCredentials, "secretAccessKey">) | null {
  const plain = box.open(sessionToken, contextOf(accessKeyId));
  if (plain === null) return null;
  const [secretAccessKey, roleId, sessionName, expiresAtMs, taskId, sessionPolicy] = JSON.parse(plain) as [
    string,
    string,
    string,
    number,
    string | null,
    string | null,
  ];
  return { secretAccessKey, roleId, sessionName, expiresAtMs, taskId, sessionPolicy };
}

interface RoleRow {
  readonly accountId: string;
  readonly name: string;
  readonly path: string;
  readonly policies: { name: string; document: string }[] | null;
  readonly attached: AttachedPolicy[] | null;
}

/**
 * Null for a token that we did not seal for this key, of a role that is gone, or of a task that has stopped. One that has
 * expired resolves: whoever verifies says so.
 */
export async function resolveSession(
  db: Pick<Db, "query">,
  box: SecretBox,
  credentials: Pick<SessionCredentials, "accessKeyId" | "sessionToken">,
): Promise<KeyHolder | null> {
  const session = openSession(box, credentials);
  if (!session) return null;
  const [role] = await db.query<RoleRow>(
    `SELECT r.account_id AS "accountId", r.name, r.path,
       (SELECT json_agg(json_build_object('name', p.name, 'document', p.document))
        FROM role_policies p WHERE p.role_id = r.role_id) AS policies,
       ${attachedPoliciesSql("role", "r.role_id")} AS attached
     FROM roles r
     WHERE r.role_id = $1 AND ($2::text IS NULL OR EXISTS (
       SELECT 1 FROM task_state s WHERE s.task_id = $2 AND s.last_status <> 'STOPPED'))`,
    [session.roleId, session.taskId],
    "session-resolve",
  );
  if (!role) return null;
  const { roleId, sessionName, sessionPolicy, expiresAtMs } = session;
  return {
    accessKeyId: credentials.accessKeyId,
    accountId: role.accountId,
    status: "Active",
    secretAccessKey: session.secretAccessKey,
    expiresAtMs,
    principal: {
      kind: "role",
      arn: assumedRoleArn(role.accountId, role.name, sessionName),
      roleArn: roleArn(role.accountId, role.path, role.name),
      roleId,
      roleName: role.name,
      sessionName,
      policies: [...(role.policies ?? []), ...attachedDocuments(role.attached)],
      sessionPolicy,
      expiresAtMs,
    },
  };
}
