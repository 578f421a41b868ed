/** Logins to our registry that a task's execution role is given; pulls of tasks that have one ask for them. */
import { createEcsClient, ECR } from "../control/ecs-client.ts";
import type { RoleCredentials } from "../credentials/role-credentials.ts";
import { createRegistryLogins, RegistryLoginError, type RegistryLogins } from "./registry-login.ts";

export interface ExecutionRoleLogins {
  of(taskArn: string): RegistryLogins;
  forget(taskArn: string): void;
}

export function createExecutionRoleLogins(
  api: { readonly url: string; readonly region: string },
  credentials: Pick<RoleCredentials, "of">,
): ExecutionRoleLogins {
  const byTask = new Map<string, RegistryLogins>();
  const create = (taskArn: string) =>
    createRegistryLogins({
      async call(operation, input, signal) {
        const held = credentials.of(taskArn, "TaskExecution");
        // After an agent's restart they come with its connection; else the role is gone, or trusts tasks no more.
        if (!held) throw new RegistryLoginError(NOT_ASSUMED, true);
        return createEcsClient({ ...api, api: ECR, credentials: held }).call(operation, input, signal);
      },
    });
  return {
    of(taskArn) {
      const logins = byTask.get(taskArn) ?? create(taskArn);
      byTask.set(taskArn, logins);
      return logins;
    },
    forget: (taskArn) => void byTask.delete(taskArn),
  };
}

const NOT_ASSUMED =
  "ECS was unable to assume the execution role that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.";
