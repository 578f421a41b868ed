/** Every EventBridge operation this server performs, by its AWS name. */
import { createApiDestination } from "./create-api-destination.ts";
import { createConnection } from "./create-connection.ts";
import { deleteApiDestination } from "./delete-api-destination.ts";
import { deleteConnection } from "./delete-connection.ts";
import { deleteRule } from "./delete-rule.ts";
import { describeApiDestination } from "./describe-api-destination.ts";
import { describeConnection } from "./describe-connection.ts";
import { describeEventBus } from "./describe-event-bus.ts";
import { describeRule } from "./describe-rule.ts";
import { disableRule } from "./disable-rule.ts";
import { enableRule } from "./enable-rule.ts";
import { listApiDestinations } from "./list-api-destinations.ts";
import { listConnections } from "./list-connections.ts";
import { listEventBuses } from "./list-event-buses.ts";
import { listRuleNamesByTarget } from "./list-rule-names-by-target.ts";
import { listRules } from "./list-rules.ts";
import { listTagsForResource } from "./list-tags-for-resource.ts";
import { listTargetsByRule } from "./list-targets-by-rule.ts";
import { putEvents } from "./put-events.ts";
import { putRule } from "./put-rule.ts";
import { putTargets } from "./put-targets.ts";
import { removeTargets } from "./remove-targets.ts";
import { tagResource } from "./tag-resource.ts";
import { testEventPattern } from "./test-event-pattern.ts";
import { untagResource } from "./untag-resource.ts";
import { updateApiDestination } from "./update-api-destination.ts";
import { updateConnection } from "./update-connection.ts";

export const operations = {
  CreateApiDestination: createApiDestination,
  CreateConnection: createConnection,
  DeleteApiDestination: deleteApiDestination,
  DeleteConnection: deleteConnection,
  DeleteRule: deleteRule,
  DescribeApiDestination: describeApiDestination,
  DescribeConnection: describeConnection,
  DescribeEventBus: describeEventBus,
  DescribeRule: describeRule,
  DisableRule: disableRule,
  EnableRule: enableRule,
  ListApiDestinations: listApiDestinations,
  ListConnections: listConnections,
  ListEventBuses: listEventBuses,
  ListRuleNamesByTarget: listRuleNamesByTarget,
  ListRules: listRules,
  ListTagsForResource: listTagsForResource,
  ListTargetsByRule: listTargetsByRule,
  PutEvents: putEvents,
  PutRule: putRule,
  PutTargets: putTargets,
  RemoveTargets: removeTargets,
  TagResource: tagResource,
  TestEventPattern: testEventPattern,
  UntagResource: untagResource,
  UpdateApiDestination: updateApiDestination,
  UpdateConnection: updateConnection,
} as const;
