/** Every table, as one record for drizzle. Tables live in `schema/`, one file an aggregate. */
import { clusters, taskDefinitionFamilies, taskDefinitions } from "./schema/cluster.ts";
import { accessKeys, agents, userPolicies, users } from "./schema/iam.ts";
import { agentSessions, containerInstances, instancePorts } from "./schema/instance.ts";
import { accounts, scopes } from "./schema/scope.ts";
import { launchRequests, taskMetrics, taskState, tasks } from "./schema/task.ts";
import { bells, deadLetters, events } from "./schema/work.ts";

export const schema = {
  accessKeys,
  accounts,
  agentSessions,
  agents,
  bells,
  clusters,
  containerInstances,
  deadLetters,
  events,
  instancePorts,
  launchRequests,
  scopes,
  taskDefinitionFamilies,
  taskDefinitions,
  taskMetrics,
  taskState,
  tasks,
  userPolicies,
  users,
};
