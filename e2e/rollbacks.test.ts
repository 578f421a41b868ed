import {
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { createService, sayings, untilRolledOut, untilService } from "./support/services.ts";
import { container, register } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
const { ecs } = account;
afterAll(() => account.close());

const FOREVER = "trap 'exit 0' TERM; sleep 1000 & wait";

test("an update whose containers end at once is given up, and what ran before it goes on", async () => {
  const good = await register(ecs, "rolled-back", [container(FOREVER)]);
  await createService(ecs, "rolled-back", good, {
    desiredCount: 1,
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  await untilRolledOut(ecs, "rolled-back");
  // Its health is asked for, though never told: without, one whose end is heard of late has run long enough to pass for healthy.
  const healthCheck = { command: ["CMD-SHELL", "true"], interval: 30 };
  const bad = await register(ecs, "rolled-back", [container("exit 3", { healthCheck })]);
  await ecs.send(new UpdateServiceCommand({ service: "rolled-back", taskDefinition: bad }));

  await untilService(ecs, "rolled-back", (service) =>
    sayings(service).some((text) => text.includes("rolling back")),
  );
  const after = await untilRolledOut(ecs, "rolled-back");
  expect(after.taskDefinition).toBe(good);
  const failed = "(service rolled-back) (deployment ecs-svc/N) deployment failed: tasks failed to start.";
  const rollingBack = "(service rolled-back) rolling back to deployment ecs-svc/N.";
  expect(sayings(after).filter((text) => /failed|rolling/.test(text))).toEqual([failed, rollingBack]);
  const listed = await ecs.send(new ListServiceDeploymentsCommand({ service: "rolled-back" }));
  const arns = (listed.serviceDeployments ?? []).map(
    ({ serviceDeploymentArn }) => serviceDeploymentArn ?? "",
  );
  const described = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }));
  expect(described.serviceDeployments?.[0]).toMatchObject({
    status: "ROLLBACK_SUCCESSFUL",
    deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
  });
});
