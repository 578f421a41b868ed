/** Decides how credentials of a task's role read on the wire; payloads and renewals carry them. */
import type { TaskCredentials } from "@roadstead/db/task-credentials";

export interface RoleCredentials {
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
}

export const renderCredentials = (roleArn: string, credentials: TaskCredentials): RoleCredentials => ({
  credentialsId: credentials.credentialsId,
  roleArn,
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: credentials.secretAccessKey,
  sessionToken: credentials.sessionToken,
  expiration: new Date(credentials.expiresAtMs).toISOString().replace(/\.\d+Z$/, "Z"),
});
