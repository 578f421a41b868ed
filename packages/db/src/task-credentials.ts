/** Credentials of tasks' roles: whom they are for, how they are found and how long they last. The gateway mints them. */
import { createHmac, hkdfSync } from "node:crypto";
import type { ReadTx } from "./connect.ts";
import { mintSession, type SessionCredentials } from "./role-sessions.ts";
import type { RoleRow } from "./roles.ts";
import type { MasterKey, SecretBox } from "./secrets.ts";

/** The role of the application in the task's containers, and the one that pulls images and reads secrets for it. */
export type TaskRoleType = "TaskApplication" | "TaskExecution";

export interface TaskCredentials extends SessionCredentials {
  /** Names them in the URL that containers read, so it is as hard to guess as they are; new ones go by it too. */
  readonly credentialsId: string;
  readonly expiresAtMs: number;
}

export interface TaskCredentialsMint {
  mint(task: {
    readonly taskId: string;
    readonly type: TaskRoleType;
    readonly roleId: string;
    readonly expiresAtMs: number;
  }): TaskCredentials;
}

/** `box` is the one that seals access keys. Ids follow from task and key, so that every gateway finds the same. */
export function createTaskCredentialsMint(
  box: SecretBox,
  masterKeys: readonly MasterKey[],
): TaskCredentialsMint {
  const [current] = masterKeys;
  if (!current) throw new Error("at least one master key is needed");
  const key = Buffer.from(hkdfSync("sha256", current.key, "", "roadstead:task-credential-ids", 32));
  return {
    mint({ taskId, type, roleId, expiresAtMs }) {
      const session = { roleId, sessionName: taskId, taskId, expiresAtMs, sessionPolicy: null };
      const digest = createHmac("sha256", key).update(`${taskId} ${type}`).digest("hex");
      return { credentialsId: uuidOf(digest), expiresAtMs, ...mintSession(box, session) };
    },
  };
}

const uuidOf = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");

/** Roles of an account by their names in lower case. */
export async function findRolesByName(
  tx: Pick<ReadTx, "query">,
  accountId: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Pick<RoleRow, "roleId" | "name" | "path" | "trustPolicy">>> {
  if (names.length === 0) return new Map();
  const rows = await tx.query<Pick<RoleRow, "roleId" | "name" | "path" | "trustPolicy">>(
    `SELECT role_id AS "roleId", name, path, trust_policy AS "trustPolicy" FROM roles
     WHERE account_id = $1 AND lower(name) = ANY($2)`,
    [accountId, names.map((name) => name.toLowerCase())],
    "roles-by-name",
  );
  return new Map(rows.map((row) => [row.name.toLowerCase(), row]));
}
