/** Keeps the credentials of tasks' roles, in memory alone; the ACS client fills it. */

export interface RoleCredentials {
  /** What to acknowledge; null for what is no credentials. */
  take(
    taskArn: unknown,
    document: unknown,
  ): { readonly credentialsId: string; readonly expiration: string } | null;
  forget(taskArn: string): void;
}

export function createRoleCredentials(): RoleCredentials {
  const byTask = new Map<string, Map<string, object>>();
  return {
    take(taskArn, document) {
      if (typeof taskArn !== "string" || typeof document !== "object" || document === null) return null;
      const { credentialsId, expiration } = document as Record<string, unknown>;
      if (typeof credentialsId !== "string" || credentialsId === "") return null;
      const ofTask = byTask.get(taskArn) ?? new Map<string, object>();
      byTask.set(taskArn, ofTask.set(credentialsId, document));
      return { credentialsId, expiration: typeof expiration === "string" ? expiration : "" };
    },
    forget: (taskArn) => void byTask.delete(taskArn),
  };
}
