/** Deployments that failed, and what was brought back, through signed requests; rows stand in for the deployer. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { beginRollback, moveDeployment } from "@roadstead/db/service-rollouts";
import { expect, test } from "vitest";
import { useApi } from "./api.test-data.ts";

const api = useApi();

async function aService() {
  const { ecs } = api.clients();
  await ecs.send(new CreateClusterCommand({}));
  for (const image of ["busybox:1", "busybox:2"]) {
    const containerDefinitions = [{ name: "app", image, cpu: 128, memory: 64 }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
  }
  const deploymentCircuitBreaker = { enable: true, rollback: true };
  const deploymentConfiguration = { deploymentCircuitBreaker };
  const wanted = { serviceName: "web", taskDefinition: "web:1", desiredCount: 8, deploymentConfiguration };
  const { service } = await ecs.send(new CreateServiceCommand(wanted));
  const [row] = await api.db.query<{ id: string }>("SELECT id FROM services");
  const describeOne = async () =>
    (await ecs.send(new DescribeServicesCommand({ services: ["web"] }))).services?.[0] ?? {};
  const deploymentOf = async (arn: string | undefined) =>
    (await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn ?? ""] })))
      .serviceDeployments?.[0];
  const end = (id: string | undefined, change: "COMPLETED" | "FAILED") =>
    api.db.write((tx) => moveDeployment(tx, { id: id ?? "", change, reason: change }));
  return { ecs, service: service ?? {}, serviceId: row?.id ?? "", describeOne, deploymentOf, end };
}

test("a circuit breaker is read back whole, and a service deployment tells how far it is from tripping", async () => {
  const { ecs, service, deploymentOf, describeOne } = await aService();
  const { deploymentConfiguration } = service;
  expect(deploymentConfiguration?.deploymentCircuitBreaker).toEqual({
    enable: true,
    rollback: true,
    resetOnHealthyTask: true,
    thresholdConfiguration: { type: "BOUNDED_PERCENT", value: 50 },
  });
  await api.db.query("UPDATE service_deployments SET failed_tasks = 2");
  const watched = await deploymentOf(service.currentServiceDeployment);
  const breaker = { status: "MONITORING", failureCount: 2, threshold: 4 };
  expect(watched?.deploymentCircuitBreaker).toEqual(breaker);
  expect((await describeOne()).deployments?.[0]?.failedTasks).toBe(2);
  const off = { deploymentCircuitBreaker: { enable: false, rollback: false } };
  await ecs.send(new UpdateServiceCommand({ service: "web", deploymentConfiguration: off }));
  const ignored = await deploymentOf(service.currentServiceDeployment);
  expect(ignored?.deploymentCircuitBreaker).toMatchObject({ status: "DISABLED" });
});

test("a rollback is an entry of the service, and belongs to the service deployment that failed", async () => {
  const { ecs, service, serviceId, describeOne, deploymentOf, end } = await aService();
  const [first] = service.deployments ?? [];
  await api.db.query("UPDATE service_deployments SET service_deployment_status = 'IN_PROGRESS'");
  await end(first?.id, "COMPLETED");
  await ecs.send(new UpdateServiceCommand({ service: "web", taskDefinition: "web:2" }));
  const { deployments: [failed] = [], currentServiceDeployment: failedArn } = await describeOne();
  await end(failed?.id, "FAILED");
  const [{ id: revisionId } = { id: "" }] = await api.db.query<{ id: string }>(
    "SELECT revision_id AS id FROM service_deployments WHERE id = $1",
    [first?.id ?? ""],
  );
  const rollback = await api.db.write((tx) =>
    beginRollback(tx, { serviceId, failedId: failed?.id ?? "", revisionId }),
  );

  const during = await describeOne();
  expect(during.taskDefinition).toMatch(/:web:1$|web:1$/);
  expect(during.currentServiceDeployment).toBe(failedArn);
  expect(during.deployments?.slice(0, 2)).toMatchObject([
    {
      id: rollback,
      status: "PRIMARY",
      rolloutState: "IN_PROGRESS",
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${rollback}.`,
    },
    { id: failed?.id, status: "ACTIVE", rolloutState: "FAILED" },
  ]);
  expect(await deploymentOf(failedArn)).toMatchObject({
    status: "ROLLBACK_IN_PROGRESS",
    deploymentCircuitBreaker: { status: "TRIGGERED" },
    rollback: {
      reason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
      startedAt: expect.any(Date),
      serviceRevisionArn: expect.stringContaining(`/${revisionId}`),
    },
  });
  await end(rollback, "COMPLETED");
  expect((await describeOne()).currentServiceDeployment).toBeUndefined();
  const { serviceDeployments } = await ecs.send(new ListServiceDeploymentsCommand({ service: "web" }));
  expect(serviceDeployments?.map(({ status }) => status)).toEqual(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
});
