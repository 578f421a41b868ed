import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing, findAwsCli } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";
import { container, UNTIL_STOPPED } from "./support/tasks.ts";

const found = findAwsCli();

/** Version 1 ends with 255 where version 2 tells an error of the service apart. */
const SERVICE_ERROR = "major" in found && found.major >= 2 ? 254 : 255;

describeWith(awsCliMissing(), "the AWS CLI", async () => {
  const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
  afterAll(() => account.close());
  const aws = awsCli(account);
  const { accountId } = account;

  /** A command that must succeed, and what it printed. */
  async function json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await aws(...args, "--output", "json");
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return (stdout.trim() === "" ? {} : JSON.parse(stdout)) as T;
  }

  async function text(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await aws(...args, "--output", "text");
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout.trim();
  }

  test("runs, watches and stops a task with the commands of the AWS tutorial", async () => {
    const registered = await json<{ taskDefinition: { taskDefinitionArn: string } }>(
      "ecs",
      "register-task-definition",
      "--family",
      "cli",
      "--network-mode",
      "bridge",
      "--container-definitions",
      JSON.stringify([container(UNTIL_STOPPED)]),
    );
    expect(registered.taskDefinition.taskDefinitionArn).toBe(
      `arn:aws:ecs:us-east-1:${accountId}:task-definition/cli:1`,
    );
    expect(
      await text(
        "ecs",
        "describe-task-definition",
        "--task-definition",
        "cli",
        "--query",
        "taskDefinition.status",
      ),
    ).toBe("ACTIVE");
    expect(
      await text(
        "ecs",
        "list-task-definitions",
        "--family-prefix",
        "cli",
        "--query",
        "taskDefinitionArns[0]",
      ),
    ).toMatch(/:1$/);
    expect(await text("ecs", "list-task-definition-families", "--query", "families")).toBe("cli");

    const task = await text("ecs", "run-task", "--task-definition", "cli", "--query", "tasks[0].taskArn");
    expect(await text("ecs", "wait", "tasks-running", "--tasks", task)).toBe("");
    expect(
      await text("ecs", "describe-tasks", "--tasks", task, "--query", "tasks[].[lastStatus,desiredStatus]"),
    ).toBe("RUNNING\tRUNNING");
    expect(await text("ecs", "list-tasks", "--query", "taskArns[]")).toBe(task);
    const stopped = await text(
      "ecs",
      "stop-task",
      "--task",
      task,
      "--reason",
      "enough",
      "--query",
      "task.desiredStatus",
    );
    expect(stopped).toBe("STOPPED");
    expect(await text("ecs", "wait", "tasks-stopped", "--tasks", task)).toBe("");
    const query = "tasks[0].[stopCode,stoppedReason,containers[0].exitCode]";
    expect(await text("ecs", "describe-tasks", "--tasks", task, "--query", query)).toBe(
      "UserInitiated\tenough\t0",
    );

    const instance = await text("ecs", "list-container-instances", "--query", "containerInstanceArns[0]");
    const described = ["ecs", "describe-container-instances", "--container-instances", instance];
    expect(await text(...described, "--query", "containerInstances[0].[status,agentConnected]")).toBe(
      "ACTIVE\tTrue",
    );
    const started = await text(
      ...["ecs", "start-task", "--task-definition", "cli", "--container-instances", instance],
      ...["--query", "tasks[0].containerInstanceArn"],
    );
    expect(started).toBe(instance);
    await json("ecs", "deregister-task-definition", "--task-definition", "cli:1");
  });

  test("manages clusters and the instances in them", async () => {
    const created = await json<{ cluster: object }>(
      "ecs",
      "create-cluster",
      "--cluster-name",
      "cli",
      "--tags",
      "key=a,value=b",
    );
    expect(created.cluster).toMatchObject({
      clusterName: "cli",
      status: "ACTIVE",
      tags: [{ key: "a", value: "b" }],
    });
    const names = await text(
      "ecs",
      "describe-clusters",
      "--clusters",
      "cli",
      "none",
      "--query",
      "[clusters[].clusterName,failures[].reason]",
    );
    expect(names.split(/\s+/)).toEqual(["cli", "MISSING"]);
    for (const name of ["cli-2", "cli-3"]) await json("ecs", "create-cluster", "--cluster-name", name);
    const all = await json<string[]>("ecs", "list-clusters", "--page-size", "1", "--query", "clusterArns");
    expect(all).toHaveLength(4);
    const some = await json<{ clusterArns: string[]; NextToken: string }>(
      "ecs",
      "list-clusters",
      "--max-items",
      "1",
    );
    expect(some.clusterArns).toHaveLength(1);
    const rest = await json<{ clusterArns: string[] }>(
      "ecs",
      "list-clusters",
      "--starting-token",
      some.NextToken,
    );
    expect([...some.clusterArns, ...rest.clusterArns].toSorted()).toEqual(all.toSorted());

    const registered = await json<{ containerInstance: { containerInstanceArn: string } }>(
      ...["ecs", "register-container-instance", "--cluster", "cli", "--total-resources"],
      JSON.stringify([
        { name: "CPU", type: "INTEGER", integerValue: 64 },
        { name: "MEMORY", type: "INTEGER", integerValue: 64 },
      ]),
    );
    const instance = registered.containerInstance.containerInstanceArn;
    const where = await json(
      "ecs",
      "discover-poll-endpoint",
      "--cluster",
      "cli",
      "--container-instance",
      instance,
    );
    expect(where).toMatchObject({ endpoint: expect.any(String), telemetryEndpoint: expect.any(String) });
    const gone = [
      "ecs",
      "deregister-container-instance",
      "--cluster",
      "cli",
      "--container-instance",
      instance,
    ];
    expect(await text(...gone, "--query", "containerInstance.status")).toBe("INACTIVE");
    for (const name of ["cli", "cli-2", "cli-3"]) {
      expect(await text("ecs", "delete-cluster", "--cluster", name, "--query", "cluster.status")).toBe(
        "INACTIVE",
      );
    }
  });

  test("submits what an agent submits", async () => {
    const task = "0".repeat(32);
    const report = [
      "--cluster",
      "default",
      "--task",
      task,
      "--status",
      "STOPPED",
      "--query",
      "acknowledgment",
    ];
    expect(await text("ecs", "submit-task-state-change", ...report)).not.toBe("");
    expect(
      await text("ecs", "submit-container-state-change", "--container-name", "main", ...report),
    ).not.toBe("");
  });

  test("manages users, keys and policies", async () => {
    const user = ["--user-name", "cli"];
    expect(await text("sts", "get-caller-identity", "--query", "Account")).toBe(accountId);
    expect(await text("iam", "create-user", ...user, "--query", "User.Arn")).toBe(
      `arn:aws:iam::${accountId}:user/cli`,
    );
    expect(await text("iam", "get-user", ...user, "--query", "User.UserName")).toBe("cli");
    expect(
      await json<string[]>("iam", "list-users", "--page-size", "1", "--query", "Users[].UserName"),
    ).toContain("cli");
    const key = await text("iam", "create-access-key", ...user, "--query", "AccessKey.AccessKeyId");
    expect(key).toMatch(/^AKIA/);
    await json("iam", "update-access-key", ...user, "--access-key-id", key, "--status", "Inactive");
    expect(await text("iam", "list-access-keys", ...user, "--query", "AccessKeyMetadata[].Status")).toBe(
      "Inactive",
    );
    const document = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecs:*", Resource: "*" }],
    };
    const policy = [...user, "--policy-name", "all"];
    await json("iam", "put-user-policy", ...policy, "--policy-document", JSON.stringify(document));
    // The CLI decodes policy documents itself.
    expect((await json("iam", "get-user-policy", ...policy)).PolicyDocument).toEqual(document);
    await json("iam", "delete-user-policy", ...policy);
    await json("iam", "delete-access-key", ...user, "--access-key-id", key);
    await json("iam", "delete-user", ...user);
  });

  test("ends with AWS's exit code and words when the service refuses", async () => {
    const missing = await aws("ecs", "list-tasks", "--cluster", "nowhere");
    expect(missing.code).toBe(SERVICE_ERROR);
    expect(missing.stderr).toContain(
      "An error occurred (ClusterNotFoundException) when calling the ListTasks operation: Cluster not found.",
    );
    const user = await aws("iam", "get-user", "--user-name", "nobody");
    expect(user.code).toBe(SERVICE_ERROR);
    expect(user.stderr).toMatch(/\(NoSuchEntity\) when calling the GetUser operation: .*nobody/);
    const wait = await aws("ecs", "wait", "tasks-running", "--tasks", "0".repeat(32));
    expect(wait.code).toBe(255);
    expect(wait.stderr).toContain("Waiter TasksRunning failed");
  });

  test("is refused with a wrong secret", async () => {
    const wrong = awsCli({ ...account, env: { ...account.env, AWS_SECRET_ACCESS_KEY: "wrong".repeat(8) } });
    const ecs = await wrong("ecs", "list-clusters");
    expect(ecs.code).toBe(SERVICE_ERROR);
    expect(ecs.stderr).toMatch(/\(InvalidSignatureException\) when calling the ListClusters operation/);
    expect((await wrong("sts", "get-caller-identity")).stderr).toMatch(/\(SignatureDoesNotMatch\)/);
  });
});
