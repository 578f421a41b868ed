/** What callers are told when nobody places their tasks, on real PostgreSQL. */
import {
  CreateClusterCommand,
  ListTasksCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { refusal, useApi } from "./api.test-data.ts";

const api = useApi({ placing: false, launchDeadlineMs: 150 });

test("a launch that nobody placed in time is answered as failed and leaves nothing, so its token may be used again", async () => {
  const { ecs } = api.clients();
  await ecs.send(new CreateClusterCommand({}));
  const agent = await api.agent();
  const totalResources = ["CPU", "MEMORY"].map((name) => ({ name, type: "INTEGER", integerValue: 1024 }));
  await agent.ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
  const containerDefinitions = [{ name: "app", image: "busybox", memory: 64 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
  const run = () => refusal(ecs.send(new RunTaskCommand({ taskDefinition: "web", clientToken: "t" })));
  expect(await run()).toMatchObject({ code: "ServerException", status: 500 });
  expect((await ecs.send(new ListTasksCommand({}))).taskArns).toEqual([]);
  expect(await api.db.query("SELECT 1 FROM tasks")).toEqual([]);
  await run();
  expect(await api.db.query("SELECT status FROM launch_requests")).toEqual([
    { status: "EXPIRED" },
    { status: "EXPIRED" },
  ]);
});
