/** Calls the Logs API as a task's execution role, or as the instance for a task that has none. */
import {
  createEcsClient,
  type EcsClient,
  type EcsClientOptions,
  EcsError,
  LOGS,
} from "../control/ecs-client.ts";

export interface LogCaller {
  readonly taskArn: string;
  readonly region: string;
}

type Credentials = EcsClientOptions["credentials"];

/** The role ended with its task, whose last lines may be still to send. */
const ENDED = new Set(["ExpiredTokenException", "UnrecognizedClientException"]);

export function createLogClient(
  api: EcsClientOptions,
  executionRoleOf: (taskArn: string) => Credentials | null,
  { taskArn, region }: LogCaller,
): EcsClient {
  const asInstance = createEcsClient({ ...api, region, api: LOGS });
  return {
    async call(operation, input, signal) {
      const credentials = executionRoleOf(taskArn);
      if (!credentials) return asInstance.call(operation, input, signal);
      try {
        const asRole = createEcsClient({ ...api, region, credentials, api: LOGS });
        return await asRole.call(operation, input, signal);
      } catch (error) {
        if (!(error instanceof EcsError) || !ENDED.has(error.code)) throw error;
        return asInstance.call(operation, input, signal);
      }
    },
  };
}
