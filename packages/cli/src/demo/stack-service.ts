/** The Fargate service of the demo's last stack with its logs and scaling, made and removed through the API where Terraform is not at hand. */
import { setTimeout as delay } from "node:timers/promises";
import { type ApiAccess, callEcr, callEcs, callJson, callLogs } from "../api-client.ts";
import { shellQuote } from "../exports.ts";
import { Failure } from "../failure.ts";
import type { StackBalancer } from "./stack-balancer.ts";
import type { StackIdentity } from "./stack-identity.ts";
import type { StackNetwork } from "./stack-network.ts";
import { STACK, unless } from "./stack-place.ts";
import { step } from "./step.ts";

const TIMEOUT_MS = 120_000;
const POLL_MS = 250;
const OF_SERVICE = { cluster: STACK.name, service: STACK.service };
const TARGET = {
  ServiceNamespace: "ecs",
  ResourceId: `service/${STACK.name}/${STACK.service}`,
  ScalableDimension: "ecs:service:DesiredCount",
};
const TARGET_OPTIONS = `--service-namespace ecs --resource-id ${TARGET.ResourceId} --scalable-dimension ${TARGET.ScalableDimension}`;
const CPU_PERCENT = 70;

export interface StackParts extends StackNetwork, StackIdentity, StackBalancer {
  /** As docker names it. */
  readonly repository: string;
}

export const makeRepository = (access: ApiAccess): Promise<string> =>
  step("Make a repository", `aws ecr create-repository --repository-name ${STACK.repository}`, async () => {
    const repositoryName = STACK.repository;
    interface Described {
      readonly repositories: readonly { readonly repositoryUri: string }[];
    }
    const create = callEcr(access, "CreateRepository", { repositoryName, imageTagMutability: "IMMUTABLE" });
    await unless(["RepositoryAlreadyExistsException"], create);
    const names = { repositoryNames: [repositoryName] };
    const { repositories } = await callEcr<Described>(access, "DescribeRepositories", names);
    return repositories[0]?.repositoryUri ?? "";
  });

const stackDefinition = (
  {
    repository,
    executionRoleArn,
    taskRoleArn,
    secretArn,
    parameterArn,
  }: StackIdentity & { repository: string },
  region: string,
) => ({
  family: STACK.family,
  requiresCompatibilities: ["FARGATE"],
  networkMode: "awsvpc",
  cpu: "256",
  memory: "512",
  executionRoleArn,
  taskRoleArn,
  containerDefinitions: [
    {
      name: STACK.service,
      image: `${repository}:${STACK.imageTag}`,
      essential: true,
      portMappings: [{ containerPort: STACK.port, protocol: "tcp" }],
      secrets: [
        { name: "DATABASE_PASSWORD", valueFrom: `${secretArn}:password::` },
        { name: "GREETING", valueFrom: parameterArn },
      ],
      healthCheck: {
        command: ["CMD-SHELL", `wget -q -O /dev/null http://localhost:${STACK.port}/ || exit 1`],
        interval: 5,
        timeout: 2,
        retries: 3,
        startPeriod: 10,
      },
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": STACK.logGroup,
          "awslogs-region": region,
          "awslogs-stream-prefix": STACK.service,
        },
      },
    },
  ],
});

export async function makeService(access: ApiAccess, parts: StackParts): Promise<void> {
  await step("Make a log group", `aws logs create-log-group --log-group-name ${STACK.logGroup}`, async () => {
    const create = callLogs(access, "CreateLogGroup", { logGroupName: STACK.logGroup });
    return (await unless(["ResourceAlreadyExistsException"], create)) ? "made" : "is there already";
  });
  await step("Make a cluster", `aws ecs create-cluster --cluster-name ${STACK.name}`, async () => {
    await callEcs(access, "CreateCluster", { clusterName: STACK.name });
    return "ACTIVE";
  });
  if (await describeService(access)) return;
  const definition = stackDefinition(parts, access.region);
  const register = `aws ecs register-task-definition --cli-input-json ${shellQuote(JSON.stringify(definition))}`;
  const taskDefinition = await step("Register a task definition for Fargate", register, async () => {
    interface Answer {
      readonly taskDefinition: { readonly taskDefinitionArn: string };
    }
    const answer = await callEcs<Answer>(access, "RegisterTaskDefinition", definition);
    return answer.taskDefinition.taskDefinitionArn;
  });
  const service = serviceInput(parts, taskDefinition);
  const create = `aws ecs create-service --cli-input-json ${shellQuote(JSON.stringify(service))}`;
  await step(`Run it as a service of ${STACK.leastTasks}`, create, async () => {
    await callEcs(access, "CreateService", service);
    return "ACTIVE";
  });
}

const serviceInput = (parts: StackParts, taskDefinition: string) => ({
  cluster: STACK.name,
  serviceName: STACK.service,
  taskDefinition,
  desiredCount: STACK.leastTasks,
  launchType: "FARGATE",
  healthCheckGracePeriodSeconds: 30,
  networkConfiguration: {
    awsvpcConfiguration: {
      subnets: parts.subnetIds,
      securityGroups: [parts.taskGroupId],
      assignPublicIp: "ENABLED",
    },
  },
  loadBalancers: [
    { targetGroupArn: parts.targetGroupArn, containerName: STACK.service, containerPort: STACK.port },
  ],
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
});

export async function makeScaling(access: ApiAccess): Promise<void> {
  const configuration = {
    TargetValue: CPU_PERCENT,
    PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
  };
  const commands = [
    `aws application-autoscaling register-scalable-target ${TARGET_OPTIONS} --min-capacity ${STACK.leastTasks} --max-capacity ${STACK.mostTasks}`,
    `aws application-autoscaling put-scaling-policy ${TARGET_OPTIONS} --policy-name cpu --policy-type TargetTrackingScaling --target-tracking-scaling-policy-configuration ${shellQuote(JSON.stringify(configuration))}`,
  ];
  await step(`Keep its CPU at ${CPU_PERCENT} % with more or fewer tasks`, commands.join("\n"), async () => {
    const bounds = { MinCapacity: STACK.leastTasks, MaxCapacity: STACK.mostTasks };
    await scaling(access, "RegisterScalableTarget", { ...TARGET, ...bounds });
    const policy = { ...TARGET, PolicyName: "cpu", PolicyType: "TargetTrackingScaling" };
    await scaling(access, "PutScalingPolicy", {
      ...policy,
      TargetTrackingScalingPolicyConfiguration: configuration,
    });
    return `${STACK.leastTasks} to ${STACK.mostTasks} tasks`;
  });
}

const scaling = (access: ApiAccess, operation: string, input: unknown) =>
  callJson(access, "application-autoscaling", { operation, input });

interface DescribedService {
  readonly status: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly deployments: readonly { readonly rolloutState: string }[];
  readonly events: readonly { readonly message: string }[];
}

/** Null when there is none, or one that was deleted. */
async function describeService(access: ApiAccess): Promise<DescribedService | null> {
  const input = { cluster: STACK.name, services: [STACK.service] };
  const described = await unless(
    ["ClusterNotFoundException"],
    callEcs<{ services?: readonly DescribedService[] }>(access, "DescribeServices", input),
  );
  const service = described?.services?.[0];
  return service && service.status !== "INACTIVE" ? service : null;
}

export const waitForService = (access: ApiAccess): Promise<string> =>
  step(
    "Wait until it is stable",
    `aws ecs wait services-stable --cluster ${STACK.name} --services ${STACK.service}`,
    async () => {
      const deadline = Date.now() + TIMEOUT_MS;
      for (;;) {
        const service = await describeService(access);
        const { deployments = [], runningCount = 0, desiredCount = 0, events = [] } = service ?? {};
        const isRolledOut = deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED";
        if (isRolledOut && runningCount === desiredCount)
          return `${runningCount} run: ${events[0]?.message ?? ""}`;
        if (Date.now() > deadline)
          throw new Failure(`the service is not stable: ${events[0]?.message}`, "./roadstead logs control");
        await delay(POLL_MS);
      }
    },
  );

/** With what scales it, so that nothing makes its tasks anew. */
export async function removeService(access: ApiAccess): Promise<void> {
  const command = `aws application-autoscaling deregister-scalable-target ${TARGET_OPTIONS}\naws ecs delete-service --force --cluster ${STACK.name} --service ${STACK.service}`;
  await step("Delete the service", command, async () => {
    await unless(["ObjectNotFoundException"], scaling(access, "DeregisterScalableTarget", TARGET));
    if (!(await describeService(access))) return "there is none";
    await callEcs(access, "DeleteService", { ...OF_SERVICE, force: true });
    const deadline = Date.now() + TIMEOUT_MS;
    while (await describeService(access)) {
      if (Date.now() > deadline) throw new Failure("the service did not end", "./roadstead logs control");
      await delay(POLL_MS);
    }
    return "INACTIVE, its tasks are stopped";
  });
}

/** What is left once the service is gone. */
export async function removeSurroundings(access: ApiAccess): Promise<void> {
  const command = `aws ecs delete-cluster --cluster ${STACK.name}\naws logs delete-log-group --log-group-name ${STACK.logGroup}\naws ecr delete-repository --force --repository-name ${STACK.repository}`;
  await step("Delete its cluster, logs and images", command, async () => {
    const listed = { familyPrefix: STACK.family };
    interface Answer {
      readonly taskDefinitionArns: readonly string[];
    }
    const { taskDefinitionArns } = await callEcs<Answer>(access, "ListTaskDefinitions", listed);
    for (const taskDefinition of taskDefinitionArns)
      await callEcs(access, "DeregisterTaskDefinition", { taskDefinition });
    const cluster = { cluster: STACK.name };
    await unless(["ClusterNotFoundException"], callEcs(access, "DeleteCluster", cluster));
    const group = { logGroupName: STACK.logGroup };
    await unless(["ResourceNotFoundException"], callLogs(access, "DeleteLogGroup", group));
    const repository = { repositoryName: STACK.repository, force: true };
    await unless(["RepositoryNotFoundException"], callEcr(access, "DeleteRepository", repository));
    return "deleted";
  });
}
