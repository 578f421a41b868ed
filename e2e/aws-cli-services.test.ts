import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";
import { container, UNTIL_STOPPED } from "./support/tasks.ts";

describeWith(awsCliMissing(), "the AWS CLI", async () => {
  const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
  afterAll(() => account.close());
  const aws = awsCli(account);
  const arn = `arn:aws:ecs:us-east-1:${account.accountId}`;

  /** What a command printed that must succeed, a value of it if a query is given. */
  async function ecs(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await aws("ecs", command, ...args, "--output", "text");
    expect({ command, args, code, stderr }).toEqual({ command, args, code: 0, stderr: "" });
    return stdout.trim();
  }
  async function register(): Promise<void> {
    const containers = JSON.stringify([container(UNTIL_STOPPED)]);
    await ecs("register-task-definition", "--family", "web", "--container-definitions", containers);
  }
  const service = ["--service", "web"];

  test("makes, watches, rolls, scales, drains and deletes a service with the commands of the AWS tutorial", async () => {
    await register();
    const made = await ecs(
      "create-service",
      "--service-name",
      "web",
      "--task-definition",
      "web",
      "--desired-count",
      "2",
      ...["--deployment-configuration", "minimumHealthyPercent=0,maximumPercent=200"],
      ...["--tags", "key=team,value=a", "--query", "service.[serviceArn,status,desiredCount]"],
    );
    expect(made).toBe(`${arn}:service/default/web\tACTIVE\t2`);
    expect(await ecs("wait", "services-stable", "--services", "web")).toBe("");
    const counts = "services[0].[runningCount,pendingCount,length(deployments)]";
    expect(await ecs("describe-services", "--services", "web", "--query", counts)).toBe("2\t0\t1");
    expect(await ecs("list-services", "--query", "serviceArns")).toBe(`${arn}:service/default/web`);
    const tasks = (await ecs("list-tasks", "--service-name", "web", "--query", "taskArns")).split("\t");
    expect(tasks).toHaveLength(2);
    const tags = ["--resource-arn", `${arn}:service/default/web`];
    expect(await ecs("list-tags-for-resource", ...tags, "--query", "tags[].[key,value]")).toBe("team\ta");
    await ecs("tag-resource", ...tags, "--tags", "key=team,value=b");
    await ecs("untag-resource", ...tags, "--tag-keys", "none");
    expect(await ecs("list-tags-for-resource", ...tags, "--query", "tags[].value")).toBe("b");

    await register();
    const rolled = "service.deployments[].[status,rolloutState]";
    const rolling = await ecs("update-service", ...service, "--task-definition", "web", "--query", rolled);
    expect(rolling.split("\n")[0]).toBe("PRIMARY\tIN_PROGRESS");
    await ecs("wait", "services-stable", "--services", "web");
    const definition = "services[0].deployments[].taskDefinition";
    expect(await ecs("describe-services", "--services", "web", "--query", definition)).toBe(
      `${arn}:task-definition/web:2`,
    );
    const deployments = await ecs(
      "list-service-deployments",
      ...service,
      "--query",
      "serviceDeployments[].serviceDeploymentArn",
    );
    expect(deployments.split("\t")).toHaveLength(2);
    const newest = deployments.split("\t")[0] ?? "";
    const revision = await ecs(
      "describe-service-deployments",
      "--service-deployment-arns",
      newest,
      ...["--query", "serviceDeployments[0].targetServiceRevision.arn"],
    );
    const revised = ["--service-revision-arns", revision, "--query", "serviceRevisions[0].taskDefinition"];
    expect(await ecs("describe-service-revisions", ...revised)).toBe(`${arn}:task-definition/web:2`);

    const instance = await ecs("list-container-instances", "--query", "containerInstanceArns[0]");
    const setState = (status: string) =>
      ecs(
        "update-container-instances-state",
        "--container-instances",
        instance,
        ...["--status", status, "--query", "containerInstances[0].status"],
      );
    expect(await setState("DRAINING")).toBe("DRAINING");
    expect(await setState("ACTIVE")).toBe("ACTIVE");

    const refused = await aws("ecs", "delete-service", ...service);
    expect(refused.stderr).toContain(
      "An error occurred (InvalidParameterException) when calling the DeleteService operation: The service cannot be stopped while it is scaled above 0.",
    );
    const scaled = await ecs(
      "update-service",
      ...service,
      "--desired-count",
      "0",
      "--query",
      "service.desiredCount",
    );
    expect(scaled).toBe("0");
    expect(await ecs("delete-service", ...service, "--query", "service.status")).toBe("DRAINING");
    expect(await ecs("wait", "services-inactive", "--services", "web")).toBe("");
  });
});
