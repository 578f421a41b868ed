import { createServer } from "node:http";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { createService, deleteAllServices, untilRolledOut } from "./support/services.ts";
import { container, register, UNTIL_STOPPED } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 256, memory: 128 } });
const { ecs, endpoint, region, credentials, accountId } = account;
const events = new EventBridgeClient({ endpoint, region, credentials });
const logs = new CloudWatchLogsClient({ endpoint, region, credentials });
const GROUP = "/aws/events/ecs";
const RoleArn = `arn:aws:iam::${accountId}:role/events`;
const soon = { timeout: 60_000, interval: 100 };

interface Received {
  readonly key: string | undefined;
  readonly event: {
    readonly id: string;
    readonly source: string;
    readonly "detail-type": string;
    readonly resources: readonly string[];
    readonly detail: Readonly<Record<string, unknown>>;
  };
}
/** Each event once: it may be delivered again where an answer came late. */
const received = new Map<string, Received>();
const hook = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const event = JSON.parse(body) as Received["event"];
  received.set(event.id, { key: request.headers["x-key"]?.toString(), event });
  response.end();
});
await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
const address = hook.address();
const port = typeof address === "object" ? address?.port : 0;

afterAll(async () => {
  await account.close();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
});

async function makeTargets(): Promise<void> {
  const AuthParameters = { ApiKeyAuthParameters: { ApiKeyName: "x-key", ApiKeyValue: "open sesame" } };
  const { ConnectionArn } = await events.send(
    new CreateConnectionCommand({ Name: "hook", AuthorizationType: "API_KEY", AuthParameters }),
  );
  const { ApiDestinationArn: Arn } = await events.send(
    new CreateApiDestinationCommand({
      Name: "hook",
      ConnectionArn,
      InvocationEndpoint: `http://127.0.0.1:${port}/hook`,
      HttpMethod: "POST",
    }),
  );
  await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  const EventPattern = JSON.stringify({ source: ["aws.ecs", "shop"] });
  await events.send(new PutRuleCommand({ Name: "all", EventPattern }));
  await events.send(
    new PutTargetsCommand({
      Rule: "all",
      Targets: [
        { Id: "hook", Arn, RoleArn },
        { Id: "log", Arn: `arn:aws:logs:${region}:${accountId}:log-group:${GROUP}` },
      ],
    }),
  );
}

const namesOf = (type: string, member: string) =>
  [...received.values()]
    .filter(({ event }) => event["detail-type"] === type)
    .map(({ event }) => String(event.detail[member]));

test("what becomes of a service arrives at a webhook and in a log group, and nothing is lost with the bus", async () => {
  await makeTargets();
  const definition = await register(ecs, "watched", [container(UNTIL_STOPPED)]);
  await createService(ecs, "watched", definition, { desiredCount: 1 });
  await untilRolledOut(ecs, "watched");
  const { services } = await ecs.send(new DescribeServicesCommand({ services: ["watched"] }));
  await vi.waitFor(() => {
    expect(namesOf("ECS Deployment State Change", "eventName").sort()).toEqual([
      "SERVICE_DEPLOYMENT_COMPLETED",
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
    ]);
    expect(namesOf("ECS Service Action", "eventName")).toContain("SERVICE_STEADY_STATE");
    expect(namesOf("ECS Task State Change", "lastStatus")).toEqual(
      expect.arrayContaining(["PENDING", "RUNNING"]),
    );
  }, soon);
  const [action] = [...received.values()].filter(
    ({ event }) => event["detail-type"] === "ECS Service Action",
  );
  expect(action?.event.resources).toEqual([services?.[0]?.serviceArn]);
  expect(new Set([...received.values()].map(({ key }) => key))).toEqual(new Set(["open sesame"]));
  await deleteAllServices(ecs);
  await vi.waitFor(() => expect(namesOf("ECS Task State Change", "lastStatus")).toContain("STOPPED"), soon);

  const bus = (await account.stack.status()).processes.find(({ name }) => /^(event-bus|control)$/.test(name));
  const ids: string[] = [];
  for (let batch = 0; batch < 5; batch++) {
    const Entries = Array.from({ length: 10 }, () => ({
      Source: "shop",
      DetailType: "Order",
      Detail: `{"n": ${batch}}`,
    }));
    const answer = await events.send(new PutEventsCommand({ Entries }));
    ids.push(...(answer.Entries ?? []).map(({ EventId = "" }) => EventId));
    if (batch === 2 && bus?.pid) process.kill(bus.pid, "SIGKILL");
  }
  await vi.waitFor(() => {
    expect(ids.filter((id) => !received.has(id))).toEqual([]);
  }, soon);
  await vi.waitFor(async () => {
    const { events: lines = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: GROUP, logStreamNames: ["all/log"] }),
    );
    const logged = new Set(lines.map(({ message = "{}" }) => JSON.parse(message).id as string));
    expect(ids.filter((id) => !logged.has(id))).toEqual([]);
  }, soon);

  await events.send(new RemoveTargetsCommand({ Rule: "all", Ids: ["hook", "log"] }));
  await events.send(new DeleteRuleCommand({ Name: "all" }));
  await events.send(new DeleteApiDestinationCommand({ Name: "hook" }));
  await events.send(new DeleteConnectionCommand({ Name: "hook" }));
  await logs.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
});
