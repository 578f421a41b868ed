/** Seeded well-typed but mostly malformed registrations; the tests of `normalise` draw from it. */
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";

export type Random = () => number;

/** mulberry32: the same seed gives the same inputs. */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORDS = [
  "",
  "a",
  "b",
  "v",
  "app",
  "nginx:1",
  "256",
  "512",
  "1 vCPU",
  "1 GB",
  "arn:aws:s3:::b/x.env",
  "\u0000",
  "80-90",
  "90-80",
  "x".repeat(300),
];
const NUMBERS = [-1, 0, 1, 4, 80, 128, 256, 65_535, 65_536, 2 ** 31 - 1];

type Make = (random: Random) => unknown;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const text: Make = (random) => pick(random, WORDS);
const number: Make = (random) => pick(random, NUMBERS);
const flag: Make = (random) => random() < 0.5;
const word =
  (...words: readonly string[]): Make =>
  (random) =>
    pick(random, [...words, ...(random() < 0.1 ? WORDS : [])]);
const list =
  (make: Make, most = 3): Make =>
  (random) =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => make(random));
const map: Make = (random) => Object.fromEntries([[text(random), text(random)]]);
const object =
  (members: Readonly<Record<string, Make>>, presence = 0.4): Make =>
  (random) =>
    Object.fromEntries(
      Object.entries(members)
        .filter(() => random() < presence)
        .map(([name, make]) => [name, random() < 0.03 ? undefined : make(random)]),
    );

const secret = object({ name: text, valueFrom: text }, 0.9);
const container = object(
  {
    name: word("a", "b", "app"),
    image: word("nginx", "a/b:c"),
    cpu: number,
    memory: number,
    memoryReservation: number,
    essential: flag,
    links: list(word("a", "b:c")),
    portMappings: list(
      object({
        containerPort: number,
        hostPort: number,
        protocol: word("tcp", "udp"),
        containerPortRange: text,
        name: text,
        appProtocol: word("http"),
      }),
    ),
    environment: list(object({ name: text, value: text })),
    environmentFiles: list(object({ value: text, type: word("s3") })),
    secrets: list(secret),
    mountPoints: list(object({ sourceVolume: word("v"), containerPath: text, readOnly: flag })),
    volumesFrom: list(object({ sourceContainer: word("a", "b") })),
    dependsOn: list(
      object({ containerName: word("a", "b"), condition: word("START", "HEALTHY", "SUCCESS") }),
    ),
    healthCheck: object({ command: list(text), interval: number, timeout: number, retries: number }),
    logConfiguration: object({
      logDriver: word("awslogs", "awsfirelens"),
      options: map,
      secretOptions: list(secret),
    }),
    firelensConfiguration: object({ type: word("fluentd"), options: map }),
    linuxParameters: object({
      capabilities: object({ add: list(text) }),
      devices: list(object({ hostPath: text })),
      tmpfs: list(object({ size: number })),
      swappiness: number,
    }),
    ulimits: list(object({ name: word("nofile", "core"), softLimit: number, hardLimit: number })),
    systemControls: list(object({ namespace: word("net.a", "kernel.sem"), value: text })),
    resourceRequirements: list(object({ type: word("GPU", "NeuronDevice"), value: text })),
    restartPolicy: object({ enabled: flag, ignoredExitCodes: list(number), restartAttemptPeriod: number }),
    repositoryCredentials: object({ credentialsParameter: text }),
    credentialSpecs: list(text),
    dockerSecurityOptions: list(text),
    dockerLabels: map,
    privileged: flag,
    startTimeout: number,
  },
  0.3,
);

const volume = object({
  name: word("v"),
  host: object({ sourcePath: text }),
  dockerVolumeConfiguration: object({ scope: word("task", "shared"), autoprovision: flag, driver: text }),
  efsVolumeConfiguration: object({
    fileSystemId: word("fs-12345678"),
    rootDirectory: text,
    authorizationConfig: object({ accessPointId: text, iam: word("ENABLED") }),
  }),
  s3filesVolumeConfiguration: object({ fileSystemArn: text }),
  fsxWindowsFileServerVolumeConfiguration: object({
    fileSystemId: text,
    rootDirectory: text,
    authorizationConfig: object({ domain: text }),
  }),
  configuredAtLaunch: flag,
});

const registration = object(
  {
    family: word("web"),
    containerDefinitions: list(container),
    volumes: list(volume, 2),
    networkMode: word("awsvpc", "bridge", "host", "none"),
    requiresCompatibilities: list(word("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"), 2),
    cpu: text,
    memory: text,
    taskRoleArn: word("role"),
    executionRoleArn: word("role"),
    pidMode: word("host", "task"),
    ipcMode: word("host"),
    placementConstraints: list(object({ type: word("memberOf"), expression: text })),
    proxyConfiguration: object({
      containerName: word("a"),
      properties: list(object({ name: text, value: text })),
    }),
    inferenceAccelerators: list(object({ deviceName: text })),
    runtimePlatform: object({
      operatingSystemFamily: word("LINUX", "WINDOWS_SERVER_2022_CORE"),
      cpuArchitecture: word("ARM64"),
    }),
    ephemeralStorage: object({ sizeInGiB: number }),
    tags: list(object({ key: text, value: text })),
  },
  0.6,
);

/** Half are near a valid definition, so that the later rules are reached too. */
export const arbitraryInput = (random: Random) =>
  (random() < 0.5 ? registration(random) : nearlyValid(random)) as RegisterTaskDefinitionCommandInput;

function nearlyValid(random: Random) {
  const near = (name: string) => ({
    name,
    image: "nginx",
    memory: 128,
    ...someOf(container(random) as object, random),
  });
  return {
    family: "web",
    ...someOf(registration(random) as object, random),
    volumes: [{ name: "v", ...someOf(volume(random) as object, random) }],
    containerDefinitions: [near("a"), near("b")],
  };
}

const someOf = (members: object, random: Random) =>
  Object.fromEntries(Object.entries(members).filter(() => random() < 0.15));
