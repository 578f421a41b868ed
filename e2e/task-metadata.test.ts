import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { inspectContainerOf } from "./support/engine.ts";
import { container, register, runTask, stopAllTasks, untilRunning, untilStopped } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 512, memory: 512 } });
const { ecs, endpoint, region, credentials } = account;
const ec2 = new EC2Client({ endpoint, region, credentials });
afterAll(async () => {
  await stopAllTasks(ecs);
  await account.close();
});

/** Says with its exit code whether what it is told of itself is true. */
const SELF = [
  `ask() { for n in 1 2 3; do timeout 4 wget -q -O - "$ECS_CONTAINER_METADATA_URI_V4$1" && return 0; sleep 1; done; return 1; }`,
  `ask | grep -q '"Name":"main"' || exit 3`,
  `ask /task | grep -q '"Family":"'$FAMILY'"' || exit 4`,
  `ask /task | grep -q '"NetworkMode":"'$MODE'"' || exit 5`,
  `ask /stats | grep -q '"cpu_stats"' || exit 6`,
  `ask /task/stats | grep -q '"memory_stats"' || exit 7`,
  `wget -q -O - \${ECS_CONTAINER_METADATA_URI_V4%-*}-9 && exit 8`,
  "exit 0",
].join("\n");

test.each(["bridge", "awsvpc"] as const)(
  "a container in %s mode is told of itself and of its task",
  async (MODE) => {
    const FAMILY = `told-in-${MODE}`;
    const environment = Object.entries({ MODE, FAMILY }).map(([name, value]) => ({ name, value }));
    const definition = await register(ecs, FAMILY, {
      networkMode: MODE,
      containerDefinitions: [container(SELF, { environment })],
    });
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const subnets = Subnets.map(({ SubnetId = "" }) => SubnetId);
    const network = { networkConfiguration: { awsvpcConfiguration: { subnets } } };
    const task = await runTask(ecs, definition, MODE === "awsvpc" ? network : {});
    expect((await untilStopped(ecs, task)).containers?.[0]).toMatchObject({ exitCode: 0 });
  },
);

test("a neighbour that learned where a container asks is told nothing", async () => {
  const tells = await register(ecs, "tells", [container("exec sleep 600")]);
  const running = await untilRunning(ecs, await runTask(ecs, tells));
  const { Config } = await inspectContainerOf(running.taskArn ?? "");
  const [, uri] =
    Config.Env.map((line) => line.split("=")).find(([name]) => name === "ECS_CONTAINER_METADATA_URI_V4") ??
    [];
  expect(uri).toMatch(/^http:\/\/169\.254\.170\.2\/v4\//);
  const asks = await register(ecs, "asks-neighbour", [
    container(`wget -q -O - ${uri}/task && exit 7; wget -q -O - ${uri} && exit 8; exit 0`),
  ]);
  expect((await untilStopped(ecs, await runTask(ecs, asks))).containers?.[0]).toMatchObject({ exitCode: 0 });
});
