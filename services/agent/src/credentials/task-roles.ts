/** Everything this agent has of its tasks' roles: the credentials, logins by them, and what containers are told. */
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import type { TaskRecord } from "../decide/task.ts";
import { addressesOf } from "../engine/addresses.ts";
import type { TaskEngine } from "../engine/task-engine.ts";
import { createExecutionRoleLogins } from "../images/execution-role-logins.ts";
import type { RegistryLogins } from "../images/registry-login.ts";
import { answerMetadata } from "../metadata/answer-metadata.ts";
import { createContainerStats } from "../metadata/container-stats.ts";
import { createSecretStore, type SecretStore } from "../secrets/secret-store.ts";
import { answerRequest } from "./answer-request.ts";
import { createRoleCredentials, type RoleCredentials } from "./role-credentials.ts";
import { isOwnAddress, type TaskEndpoint } from "./task-endpoint.ts";

export interface TaskRoles {
  readonly credentials: RoleCredentials;
  /** What containers' secrets name, fetched by execution roles. */
  readonly secrets: SecretStore;
  readonly loginsOfTask: (taskArn: string) => RegistryLogins;
  /** Answers the containers of these tasks from now on. */
  answerFor(engine: Pick<TaskEngine, "tasks">): void;
  forget(taskArn: string): void;
}

export function createTaskRoles(
  runtime: Pick<ContainerRuntime, "inspect" | "stats">,
  api: { readonly url: string; readonly region: string },
  endpoint: TaskEndpoint | undefined,
): TaskRoles {
  const credentials = createRoleCredentials();
  const logins = createExecutionRoleLogins(api, credentials);
  return {
    credentials,
    secrets: createSecretStore({
      url: api.url,
      executionRoleOf: (taskArn) => credentials.of(taskArn, "TaskExecution"),
    }),
    loginsOfTask: logins.of,
    answerFor(engine) {
      const stats = createContainerStats(runtime);
      const state = {
        tasks: engine.tasks,
        credentialsOf: (taskArn: string) => credentials.of(taskArn, "TaskApplication"),
        addressesOf: (task: TaskRecord) => addressesOf(runtime, task),
        isOwnAddress,
        inspect: runtime.inspect,
        statsOf: stats.of,
      };
      endpoint?.answerWith(
        async (request) => (await answerMetadata(state, request)) ?? answerRequest(state, request),
      );
    },
    forget(taskArn) {
      credentials.forget(taskArn);
      logins.forget(taskArn);
    },
  };
}
