/** A machine with Docker and nothing else joins with one line, works, and is sent away. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  DescribeContainerInstancesCommand,
  DiscoverPollEndpointCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListTasksCommand,
  StartTaskCommand,
} from "@aws-sdk/client-ecs";
import { RegisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { makeAuthority } from "@roadstead/tls/certificates";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, parseExports } from "./support/account.ts";
import { deleteBalancer, makeBalancer } from "./support/balancers.ts";
import { ecrOf, loggedIn } from "./support/docker-cli.ts";
import { engineCall, TASK_LABEL } from "./support/engine.ts";
import { IMAGE } from "./support/image.ts";
import { assertNoLeaks } from "./support/leaks.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { type SecondMachine, startSecondMachine, whyNoSecondMachine } from "./support/second-machine.ts";
import { destroyStack, type Stack, startStack } from "./support/stack.ts";
import {
  container,
  describe as describeTask,
  register,
  stopAndWait,
  UNTIL_STOPPED,
  untilRunning,
} from "./support/tasks.ts";

const why = whyNoSecondMachine();
if (why !== null) process.stderr.write(`SKIPPED: a second machine cannot be made here: ${why}\n`);

let machine: SecondMachine;
let stack: Stack;
let ecs: ECSClient;
let administrator: Pick<Account, "endpoint" | "region" | "credentials">;

describe.skipIf(why !== null)("a second machine", () => {
  beforeAll(async () => {
    machine = await startSecondMachine();
    stack = await startStack({
      processes: "packed",
      env: { ROADSTEAD_TLS_LISTEN_HOST: machine.firstAddress },
    });
    const env = parseExports(await stack.roadstead("env"));
    administrator = {
      endpoint: env.AWS_ENDPOINT_URL ?? "",
      region: env.AWS_REGION ?? "",
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
      },
    };
    ecs = new ECSClient({ ...administrator, maxAttempts: 1 });
    const { body } = await engineCall("GET", `/images/${IMAGE}/get`);
    await engineCall("POST", "/images/load", { body, socketPath: machine.engineSocket });
  });

  afterAll(async () => {
    await machine?.run(`${machine.folder}/data-folder/joined/roadstead agent stop`);
    await machine?.stop();
    if (!stack) return;
    await destroyStack(stack);
    await assertNoLeaks(stack.dataDir);
  });

  const openTokens = async () =>
    JSON.parse(await stack.roadstead("agent", "tokens", "--json")) as readonly { readonly id: string }[];
  const newLine = async () => (await stack.roadstead("agent", "token")).trim();
  /** The line as its user runs it, with the machine's data folder in the test's own. */
  const runLine = (line: string, dataFolder = "data-folder") =>
    machine.run(line, {
      ROADSTEAD_DATA: join(machine.folder, dataFolder),
      ROADSTEAD_AGENT_PULL_BEHAVIOR: "prefer-cached",
      ROADSTEAD_AGENT_STOP_TIMEOUT_MS: "3000",
    });
  const joined = (...args: string[]) =>
    machine.run([join(machine.folder, "data-folder", "joined", "roadstead"), "agent", ...args].join(" "));
  /** The agent says so itself, and may be slow to. */
  const expectConnected = (answer: "yes" | "no") =>
    expect
      .poll(async () => (await joined("status")).output, { timeout: 60_000, interval: 250 })
      .toMatch(new RegExp(`connected +${answer}`));
  const leftIn = async (dataFolder: string) =>
    (await machine.run(`ls -A ${join(machine.folder, dataFolder)} 2>/dev/null`)).output;
  const agents = async () =>
    JSON.parse(await stack.roadstead("agent", "list", "--json")) as readonly AgentLine[];
  const instances = async () => {
    const { containerInstanceArns = [] } = await ecs.send(new ListContainerInstancesCommand({}));
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns }),
    );
    return described.containerInstances ?? [];
  };

  test("refuses a server of another authority on the control plane's address, and changes nothing", async () => {
    const other = await makeAuthority(new Date());
    const impostor = createServer({ cert: other.certificatePem, key: other.keyPem }, (_request, response) =>
      response.end("echo you are mine now"),
    );
    await new Promise<void>((resolve) => impostor.listen(0, machine.firstAddress, resolve));
    try {
      const { port } = impostor.address() as { port: number };
      const line = await newLine();
      const { code, output } = await runLine(line.replace(/:\d+\/agent\//, `:${port}/agent/`), "fooled");
      expect(output).not.toContain("you are mine now");
      expect(output).toMatch(/public key/);
      expect(code).not.toBe(0);
      expect(await leftIn("fooled")).toBe("");
    } finally {
      impostor.close();
      impostor.closeAllConnections();
    }
  });

  test("joins with the one line that `agent token` prints, and runs tasks on its own engine", async () => {
    const before = (await instances()).map(({ containerInstanceArn }) => containerInstanceArn);
    const line = await newLine();
    expect(line.split("\n")).toHaveLength(1);
    const { code, output } = await runLine(line);
    expect(output).toContain("This machine is a container instance");
    expect(code).toBe(0);
    const instance = (await instances()).find((one) => !before.includes(one.containerInstanceArn));
    expect(instance).toMatchObject({ status: "ACTIVE", agentConnected: true });
    await expectConnected("yes");

    const taskDefinition = await register(ecs, "elsewhere", [container(UNTIL_STOPPED)]);
    const started = await ecs.send(
      new StartTaskCommand({ taskDefinition, containerInstances: [instance?.containerInstanceArn ?? ""] }),
    );
    const taskArn = started.tasks?.[0]?.taskArn ?? "";
    await untilRunning(ecs, taskArn);
    expect(await containersOn(machine.engineSocket, taskArn)).toHaveLength(1);
    expect(await containersOn(undefined, taskArn)).toHaveLength(0);

    const again = await runLine(line);
    expect(again.output).toContain("has joined already; nothing was done");
    expect(again.code).toBe(0);
    const other = await runLine(line, "another");
    expect(other.output.trim()).toBe(
      "roadstead: This token was used already: each lets one machine in. Make another with: roadstead agent token",
    );
    expect(other.code).toBe(1);
    expect(await leftIn("another")).toBe("");
  });

  test("pulls an image that is named by its AWS address from the control plane's registry", async () => {
    const ecr = ecrOf(administrator);
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "team/app/web" }));
    const uri = `${repository?.repositoryUri}:v1`;
    const docker = await loggedIn(administrator);
    await docker.run("tag", IMAGE, uri);
    await docker.run("push", uri);
    await docker.run("rmi", uri);
    await docker.close();
    const image = `000000000000.dkr.ecr.${administrator.region}.amazonaws.com/team/app/web:v1`;
    const taskDefinition = await register(ecs, "pulled", [container(UNTIL_STOPPED, { image })]);
    const joinedInstance = (await agents()).find(
      ({ machineName }) => machineName !== null,
    )?.containerInstanceId;
    const started = await ecs.send(
      new StartTaskCommand({ taskDefinition, containerInstances: [joinedInstance ?? ""] }),
    );
    const taskArn = started.tasks?.[0]?.taskArn ?? "";
    const task = await untilRunning(ecs, taskArn);
    expect(task.containers?.[0]).toMatchObject({ image, imageDigest: expect.stringMatching(/^sha256:/) });
    expect(await containersOn(machine.engineSocket, taskArn)).toHaveLength(1);
    await stopAndWait(ecs, taskArn);
  });

  test("answers through a load balancer of the first one, which asks it where its agent says it is", async () => {
    const made = await makeBalancer({
      stack,
      client: administrator,
      port: balancerPortsOf("second-machine")[0],
      targetType: "instance",
      drainSeconds: 1,
    });
    const script =
      "mkdir /www; echo far > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
    const taskDefinition = await register(ecs, "far", [
      container(script, { portMappings: [{ containerPort: 8_080, hostPort: 18_080 }] }),
    ]);
    const agent = (await agents()).find(({ machineName }) => machineName !== null);
    const instance = agent?.containerInstanceId ?? "";
    const started = await ecs.send(new StartTaskCommand({ taskDefinition, containerInstances: [instance] }));
    const taskArn = started.tasks?.[0]?.taskArn ?? "";
    await untilRunning(ecs, taskArn);
    await made.elb.send(
      new RegisterTargetsCommand({
        TargetGroupArn: made.group,
        Targets: [{ Id: instance, Port: 18_080 }],
      }),
    );
    const answer = async () => {
      const response = await fetch(made.url, { signal: AbortSignal.timeout(5_000) });
      return [response.status, (await response.text()).trim()];
    };
    await expect.poll(answer, { timeout: 60_000, interval: 250 }).toEqual([200, "far"]);
    await stopAndWait(ecs, taskArn);
    await deleteBalancer(made);
  });

  test("is told in one sentence that its token expired, was revoked or is not known, and is left as it was", async () => {
    const expiring = (await stack.roadstead("agent", "token", "--ttl", "1s")).trim();
    const known = (await openTokens()).map(({ id }) => id);
    const revoked = await newLine();
    const made = (await openTokens()).find(({ id }) => !known.includes(id));
    await stack.roadstead("agent", "revoke-token", made?.id ?? "");
    const unknown = (await newLine()).replace(/roadstead1\.[\w-]{43}/, `roadstead1.${"x".repeat(43)}`);
    const told = async (line: string) => {
      const { code, output } = await runLine(line, "another");
      expect([code, await leftIn("another")]).toEqual([1, ""]);
      return output.trim();
    };
    expect(await told(revoked)).toMatch(/^roadstead: This token was revoked\. [^\n]*$/);
    expect(await told(unknown)).toMatch(/^roadstead: This token is not known here[^\n]*$/);
    await expect
      .poll(() => told(expiring), { timeout: 60_000 })
      .toMatch(/^roadstead: This token has expired\. [^\n]*$/);
  });

  test("keeps its agent when the line's terminal is gone, and gets it back when it is killed", async () => {
    const pidOf = async () => /runs \(pid (\d+)/.exec((await joined("status")).output)?.[1];
    const before = await pidOf();
    process.kill(Number(before), "SIGKILL");
    await expect.poll(pidOf, { timeout: 60_000, interval: 250 }).not.toBe(before);
    await expectConnected("yes");
  });

  test("is sent away: its key is refused at once, its instance is gone and its tasks are stopped", async () => {
    const agent = (await agents()).find(({ machineName }) => machineName !== null);
    const key = JSON.parse(
      await readFile(join(machine.folder, "data-folder", "joined", "machine.json"), "utf8"),
    ) as { readonly accessKeyId: string; readonly secretAccessKey: string };
    const asAgent = new ECSClient({
      ...administrator,
      credentials: key,
      maxAttempts: 1,
    });
    const discover = () => asAgent.send(new DiscoverPollEndpointCommand({ cluster: "default" }));
    await expect(discover()).resolves.toMatchObject({ endpoint: expect.stringMatching(/^http:/) });
    const tasks = await tasksOn(agent?.containerInstanceId ?? "");
    expect(tasks).toHaveLength(1);

    await stack.roadstead("agent", "revoke", agent?.containerInstanceId ?? "");
    await expect(discover()).rejects.toMatchObject({ name: "UnrecognizedClientException" });
    expect((await instances()).map(({ containerInstanceArn }) => containerInstanceArn)).not.toContainEqual(
      expect.stringContaining(agent?.containerInstanceId ?? "none"),
    );
    expect(await describeTask(ecs, tasks[0] ?? "")).toMatchObject({ lastStatus: "STOPPED" });
    await expectConnected("no");
    await expect(stack.roadstead("agent", "revoke", agent?.id ?? "")).rejects.toThrow("revoked before");
    expect((await joined("leave")).code).toBe(0);
    expect(await leftIn("data-folder/joined")).toBe("");
  });

  interface AgentLine {
    readonly id: string;
    readonly machineName: string | null;
    readonly containerInstanceId: string | null;
  }

  async function tasksOn(instanceId: string): Promise<readonly string[]> {
    return (await ecs.send(new ListTasksCommand({ containerInstance: instanceId }))).taskArns ?? [];
  }
});

async function containersOn(socketPath: string | undefined, taskArn: string): Promise<readonly unknown[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${TASK_LABEL}=${taskArn}`] }));
  const { body } = await engineCall("GET", `/containers/json?all=true&filters=${filters}`, {
    ...(socketPath === undefined ? {} : { socketPath }),
  });
  return JSON.parse(body.toString("utf8")) as readonly unknown[];
}
