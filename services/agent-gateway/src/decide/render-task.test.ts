/** What an agent is told about a task, as it reads on the wire. */
import type { ContainerDefinition, TaskDefinition, Volume } from "@roadstead/model/task-definition";
import { describe, expect, test } from "vitest";
import { aContainer, aDefinition, aRenderInput } from "./definition-builders.ts";
import { type RenderInput, renderTask } from "./render-task.ts";

interface WireContainer extends Record<string, unknown> {
  readonly dockerConfig: { readonly config: string; readonly hostConfig: string; readonly version: string };
}
interface WireTask extends Record<string, unknown> {
  readonly containers: readonly WireContainer[];
}

const wire = (definition: TaskDefinition, task?: Partial<RenderInput["task"]>): WireTask =>
  JSON.parse(JSON.stringify(renderTask(aRenderInput(definition, task)))) as WireTask;

const wireContainer = (
  container: Partial<ContainerDefinition>,
  task?: Partial<RenderInput["task"]>,
  definition: Partial<TaskDefinition> = {},
) => wire(aDefinition({ ...definition, containerDefinitions: [aContainer(container)] }), task).containers[0];

const hostConfig = (container: Partial<ContainerDefinition>, definition?: Partial<TaskDefinition>) =>
  JSON.parse(wireContainer(container, {}, definition)?.dockerConfig.hostConfig ?? "{}") as object;
const config = (container: Partial<ContainerDefinition>) =>
  JSON.parse(wireContainer(container)?.dockerConfig.config ?? "{}") as object;

describe("a task", () => {
  test("is complete, whether it is to run or to stop", () => {
    const expected = {
      arn: "arn:aws:ecs:us-east-1:000000000000:task/dev/0123456789abcdef0123456789abcdef",
      taskClusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/dev",
      taskDefinitionAccountId: "000000000000",
      family: "web",
      version: "7",
      overrides: "{}",
      launchType: "EC2",
      group: "family:web",
      volumes: [],
      containers: [
        {
          name: "app",
          image: "busybox",
          essential: true,
          cpu: 0,
          memory: 0,
          containerArn:
            "arn:aws:ecs:us-east-1:000000000000:container/dev/0123456789abcdef0123456789abcdef/id-of-app",
          environment: { AWS_EXECUTION_ENV: "AWS_ECS_EC2" },
          overrides: "{}",
          portMappings: [],
          mountPoints: [],
          volumesFrom: [],
          dockerConfig: { config: "{}", hostConfig: '{"CapAdd":[],"CapDrop":[]}', version: "1.29" },
        },
      ],
    };
    expect(wire(aDefinition())).toEqual({ ...expected, desiredStatus: "RUNNING" });
    expect(wire(aDefinition(), { desiredStatus: "STOPPED" })).toEqual({
      ...expected,
      desiredStatus: "STOPPED",
    });
  });

  test.each([
    ["the definition's", { cpu: "512", memory: "1024" }, {}, { cpu: 0.5, memory: 1024 }],
    ["the task's over the definition's", { cpu: "512" }, { cpu: "1024" }, { cpu: 1 }],
    ["the override's", { cpu: "512" }, { overrides: { cpu: "2048" } }, { cpu: 2 }],
  ])("has %s size, in vCPU and MiB", (_, definition, task, expected) => {
    expect(wire(aDefinition(definition), task)).toMatchObject(expected);
  });

  test("names its service, when it is a service's", () => {
    expect(wire(aDefinition(), { group: "service:web-svc" })).toMatchObject({ serviceName: "web-svc" });
    expect(wire(aDefinition())).not.toHaveProperty("serviceName");
  });

  test("has the interface it was given, and its VPC's router, in awsvpc mode alone", () => {
    const networkInterface = {
      id: "eni-0aaaaaaaaaaaaaaaa",
      attachmentId: "11111111-2222-3333-4444-555555555555",
      vpcId: "vpc-0bbbbbbbbbbbbbbbb",
      vpcCidr: "10.20.0.0/16",
      subnetId: "subnet-0cccccccccccccccc",
      subnetCidr: "10.20.3.0/24",
      availabilityZone: "us-east-1a",
      privateIp: "10.20.3.16",
      mac: "0a:00:00:00:00:01",
      groupIds: ["sg-0dddddddddddddddd"],
    };
    expect(wire(aDefinition({ networkMode: "awsvpc" }), { networkInterface })).toMatchObject({
      networkMode: "awsvpc",
      elasticNetworkInterfaces: [
        {
          index: 0,
          attachmentArn: "arn:aws:ecs:us-east-1:000000000000:attachment/11111111-2222-3333-4444-555555555555",
          ec2Id: "eni-0aaaaaaaaaaaaaaaa",
          macAddress: "0a:00:00:00:00:01",
          ipv4Addresses: [{ primary: true, privateAddress: "10.20.3.16" }],
          subnetGatewayIpv4Address: "10.20.0.1/16",
          privateDnsName: "ip-10-20-3-16.ec2.internal",
          interfaceAssociationProtocol: "default",
          vpcId: "vpc-0bbbbbbbbbbbbbbbb",
          vpcCidr: "10.20.0.0/16",
          securityGroups: ["sg-0dddddddddddddddd"],
        },
      ],
    });
    expect(wire(aDefinition())).not.toHaveProperty("elasticNetworkInterfaces");
  });

  test.each<[string, Volume, object]>([
    [
      "a host path",
      { name: "v", host: { sourcePath: "/srv" } },
      { name: "v", type: "host", host: { sourcePath: "/srv" } },
    ],
    ["nothing", { name: "v" }, { name: "v", type: "host", host: {} }],
    ["an empty host", { name: "v", host: {} }, { name: "v", type: "host", host: {} }],
    [
      "a shared Docker volume",
      { name: "v", dockerVolumeConfiguration: { scope: "shared", autoprovision: true, labels: { a: "b" } } },
      {
        name: "v",
        type: "docker",
        dockerVolumeConfiguration: {
          scope: "shared",
          autoprovision: true,
          driver: "local",
          driverOpts: {},
          labels: { a: "b" },
        },
      },
    ],
    [
      "a Docker volume of the task's own, which must not be autoprovisioned",
      { name: "v", dockerVolumeConfiguration: { scope: "task", autoprovision: true } },
      {
        name: "v",
        type: "docker",
        dockerVolumeConfiguration: {
          scope: "task",
          autoprovision: false,
          driver: "local",
          driverOpts: {},
          labels: {},
        },
      },
    ],
    [
      "EFS",
      { name: "v", efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "/" } },
      { name: "v", type: "efs", efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "/" } },
    ],
  ])("says how to make a volume of %s", (_, volume, expected) => {
    expect(wire(aDefinition({ volumes: [volume] })).volumes).toEqual([expected]);
  });
});

describe("a container", () => {
  test("has the definition's environment, the override's over it by name, and where it runs", () => {
    const environment = [
      { name: "A", value: "1" },
      { name: "B", value: "1" },
    ];
    const overrides = {
      containerOverrides: [{ name: "app", environment: [{ name: "B", value: "2" }, { name: "C" }] }],
    };
    expect(wireContainer({ environment }, { overrides, launchType: "EXTERNAL" })?.environment).toEqual({
      AWS_EXECUTION_ENV: "AWS_ECS_EXTERNAL",
      A: "1",
      B: "2",
      C: "",
    });
  });

  test("has the override's command and sizes in place of the definition's", () => {
    const overrides = {
      containerOverrides: [{ name: "app", command: ["b"], cpu: 7, memory: 64, memoryReservation: 32 }],
    };
    const container = wireContainer({ command: ["a"], entryPoint: ["sh"], memory: 128 }, { overrides });
    expect(container).toMatchObject({
      command: ["b"],
      entryPoint: ["sh"],
      cpu: 7,
      memory: 64,
      overrides: "{}",
    });
    expect(JSON.parse(container?.dockerConfig.hostConfig ?? "")).toMatchObject({
      MemoryReservation: 33_554_432,
    });
  });

  test("maps ports and ranges; a port without a host port is the agent's to choose", () => {
    const portMappings = [
      { containerPort: 80, hostPort: 8080, protocol: "tcp" as const },
      { containerPort: 53, protocol: "udp" as const },
      { containerPortRange: "8000-8010", protocol: "tcp" as const },
    ];
    expect(wireContainer({ portMappings })?.portMappings).toEqual([
      { containerPort: 80, hostPort: 8080, protocol: "tcp" },
      { containerPort: 53, hostPort: 0, protocol: "udp" },
      { containerPortRange: "8000-8010", protocol: "tcp" },
    ]);
  });

  test("keeps mounts, links, dependencies, time-outs and its restart policy", () => {
    const container: Partial<ContainerDefinition> = {
      links: ["db:alias"],
      dependsOn: [{ containerName: "db", condition: "HEALTHY" }],
      startTimeout: 120,
      stopTimeout: 30,
      restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 },
      volumesFrom: [{ sourceContainer: "db" }],
      mountPoints: [{ sourceVolume: "v", containerPath: "/v" }],
    };
    expect(wireContainer(container)).toMatchObject({
      ...container,
      volumesFrom: [{ sourceContainer: "db", readOnly: false }],
      mountPoints: [{ sourceVolume: "v", containerPath: "/v", readOnly: false }],
    });
  });

  test("reports health only when its check is not NONE; the check itself is Docker's, in nanoseconds", () => {
    const healthCheck = {
      command: ["CMD-SHELL", "true"],
      interval: 30,
      timeout: 5,
      retries: 3,
      startPeriod: 1,
    };
    expect(wireContainer({ healthCheck })?.healthCheckType).toBe("docker");
    expect(config({ healthCheck })).toEqual({
      Healthcheck: {
        Test: ["CMD-SHELL", "true"],
        Interval: 30e9,
        Timeout: 5e9,
        Retries: 3,
        StartPeriod: 1e9,
      },
    });
    const none = { ...healthCheck, command: ["NONE"] };
    expect(wireContainer({ healthCheck: none })).not.toHaveProperty("healthCheckType");
    expect(config({ healthCheck: none })).toMatchObject({ Healthcheck: { Test: ["NONE"] } });
  });

  test("names where each secret is, by service and region", () => {
    const secrets = [
      { name: "A", valueFrom: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf" },
      { name: "B", valueFrom: "/app/token" },
    ];
    const secretOptions = [
      { name: "splunk-token", valueFrom: "arn:aws:ssm:us-west-2:000000000000:parameter/t" },
    ];
    const logConfiguration = { logDriver: "splunk" as const, secretOptions };
    expect(wireContainer({ secrets, logConfiguration })?.secrets).toEqual([
      {
        ...secrets[0],
        region: "eu-west-1",
        provider: "asm",
        type: "ENVIRONMENT_VARIABLE",
        target: "CONTAINER",
      },
      {
        ...secrets[1],
        region: "us-east-1",
        provider: "ssm",
        type: "ENVIRONMENT_VARIABLE",
        target: "CONTAINER",
      },
      { ...secretOptions[0], region: "us-west-2", provider: "ssm", type: "BOOTSTRAP", target: "LOG_DRIVER" },
    ]);
  });
});

describe("Docker's configuration", () => {
  test.each<[string, Partial<ContainerDefinition>, object]>([
    ["user and folder", { user: "1000", workingDirectory: "/srv" }, { User: "1000", WorkingDir: "/srv" }],
    [
      "host name and labels",
      { hostname: "h", dockerLabels: { team: "x" } },
      { Hostname: "h", Labels: { team: "x" } },
    ],
    ["terminal and input", { pseudoTerminal: true, interactive: true }, { Tty: true, OpenStdin: true }],
    ["nothing that is off", { pseudoTerminal: false, interactive: false }, {}],
  ])("has %s", (_, container, expected) => {
    expect(config(container)).toEqual(expected);
  });

  const NO_CAPABILITIES = { CapAdd: [], CapDrop: [] };
  test.each<[string, Partial<ContainerDefinition>, object]>([
    [
      "privilege",
      { privileged: true, readonlyRootFilesystem: true },
      { Privileged: true, ReadonlyRootfs: true },
    ],
    [
      "limits",
      { ulimits: [{ name: "nofile", softLimit: 1, hardLimit: 2 }], memoryReservation: 128 },
      { Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }], MemoryReservation: 134_217_728 },
    ],
    [
      "kernel settings and security",
      {
        systemControls: [{ namespace: "net.core.somaxconn", value: "1" }],
        dockerSecurityOptions: ["label:x"],
      },
      { Sysctls: { "net.core.somaxconn": "1" }, SecurityOpt: ["label:x"] },
    ],
    [
      "names",
      {
        dnsServers: ["10.0.0.2"],
        dnsSearchDomains: ["x.y"],
        extraHosts: [{ hostname: "h", ipAddress: "1.2.3.4" }],
      },
      { Dns: ["10.0.0.2"], DnsSearch: ["x.y"], ExtraHosts: ["h:1.2.3.4"] },
    ],
    [
      "Linux parameters",
      {
        linuxParameters: {
          initProcessEnabled: true,
          sharedMemorySize: 64,
          devices: [
            { hostPath: "/dev/a" },
            { hostPath: "/dev/b", containerPath: "/dev/c", permissions: ["read"] },
          ],
          tmpfs: [{ containerPath: "/t", size: 8, mountOptions: ["noexec"] }],
        },
      },
      {
        Init: true,
        ShmSize: 67_108_864,
        Devices: [
          { PathOnHost: "/dev/a", PathInContainer: "/dev/a", CgroupPermissions: "rwm" },
          { PathOnHost: "/dev/b", PathInContainer: "/dev/c", CgroupPermissions: "r" },
        ],
        Tmpfs: { "/t": "noexec,size=8m" },
      },
    ],
    [
      "swap with the memory it comes on top of",
      { memory: 100, linuxParameters: { maxSwap: 28, swappiness: 10 } },
      { MemorySwap: 134_217_728, MemorySwappiness: 10 },
    ],
    ["no swappiness without a limit on swap", { memory: 100, linuxParameters: { swappiness: 10 } }, {}],
    [
      "a log driver as it is",
      { logConfiguration: { logDriver: "json-file", options: { "max-size": "1m" } } },
      { LogConfig: { Type: "json-file", Config: { "max-size": "1m" } } },
    ],
    [
      "the stream spelled out that awslogs' prefix means",
      {
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "g", "awslogs-stream-prefix": "p" },
        },
      },
      {
        LogConfig: {
          Type: "awslogs",
          Config: { "awslogs-group": "g", "awslogs-stream": "p/app/0123456789abcdef0123456789abcdef" },
        },
      },
    ],
  ])("of the host has %s", (_, container, expected) => {
    expect(hostConfig(container)).toEqual({ ...NO_CAPABILITIES, ...expected });
  });

  test("of the host has the capabilities asked for", () => {
    const capabilities = { add: ["SYS_PTRACE"], drop: ["NET_RAW"] };
    expect(hostConfig({ linuxParameters: { capabilities } })).toEqual({
      CapAdd: ["SYS_PTRACE"],
      CapDrop: ["NET_RAW"],
    });
  });

  test.each([
    ["bridge", "bridge"],
    ["host", "host"],
    ["none", "none"],
    ["awsvpc", undefined],
  ] as const)("of the host has network mode %s as %s", (networkMode, expected) => {
    expect(hostConfig({}, { networkMode })).toMatchObject(
      expected === undefined ? {} : { NetworkMode: expected },
    );
    expect("NetworkMode" in hostConfig({}, { networkMode })).toBe(expected !== undefined);
    expect(hostConfig({ disableNetworking: true }, { networkMode })).toMatchObject({ NetworkMode: "none" });
  });

  test("leaves to the agent what it computes itself", () => {
    const container = aContainer({
      command: ["a"],
      environment: [{ name: "A", value: "1" }],
      portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
      mountPoints: [{ sourceVolume: "v", containerPath: "/v" }],
    });
    const keys = [...Object.keys(config(container)), ...Object.keys(hostConfig(container))];
    for (const forbidden of ["Binds", "PortBindings", "Env", "Image", "Cmd", "Entrypoint", "Memory"]) {
      expect(keys).not.toContain(forbidden);
    }
  });
});
