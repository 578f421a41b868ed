/** Keeps the credentials of tasks' roles, in memory alone; the ACS client fills it, pulls and the endpoint read it. */
import { z } from "zod";

export type RoleType = "TaskApplication" | "TaskExecution";

const document = z.object({
  credentialsId: z.string().min(1),
  roleArn: z.string(),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().default(""),
  expiration: z.string().default(""),
});

export type HeldCredentials = Readonly<z.infer<typeof document>>;

export interface RoleCredentials {
  /** What to acknowledge; null for what is no credentials. */
  take(
    task: { readonly taskArn: unknown; readonly roleType: unknown },
    credentials: unknown,
  ): { readonly credentialsId: string; readonly expiration: string } | null;
  /** The newest that came; null until some do. */
  of(taskArn: string, roleType: RoleType): HeldCredentials | null;
  forget(taskArn: string): void;
}

export function createRoleCredentials(): RoleCredentials {
  const byTask = new Map<string, Map<RoleType, HeldCredentials>>();
  return {
    take({ taskArn, roleType }, credentials) {
      const parsed = document.safeParse(credentials);
      if (typeof taskArn !== "string" || !isRoleType(roleType) || !parsed.success) return null;
      const ofTask = byTask.get(taskArn) ?? new Map<RoleType, HeldCredentials>();
      byTask.set(taskArn, ofTask.set(roleType, parsed.data));
      const { credentialsId, expiration } = parsed.data;
      return { credentialsId, expiration };
    },
    of: (taskArn, roleType) => byTask.get(taskArn)?.get(roleType) ?? null,
    forget: (taskArn) => void byTask.delete(taskArn),
  };
}

const isRoleType = (type: unknown): type is RoleType =>
  type === "TaskApplication" || type === "TaskExecution";
