/** Makes signed requests that are all wrong in some way, the same ones for the same seed; the bad-input test sends them. */
import type { Credentials } from "./account.ts";
import { seededRandom } from "./seeded-random.ts";
import { ECS_TARGET, type RawRequest } from "./signed-request.ts";

export interface MalformedRequest {
  /** What is wrong with it; for the failure's message. */
  readonly about: string;
  readonly request: RawRequest;
}

export function malformedRequests(options: {
  readonly seed: number;
  readonly count: number;
  readonly endpoint: string;
  readonly credentials: Credentials;
}): readonly MalformedRequest[] {
  const random = seededRandom(options.seed);
  const { endpoint, credentials } = options;
  return Array.from({ length: options.count }, (_, number) => {
    const kind = KINDS[number % KINDS.length] ?? brokenJson;
    const { about, ...request } = kind(random);
    return { about, request: { endpoint, credentials, ...request } };
  });
}

type Random = () => number;
type Wrong = Omit<RawRequest, "endpoint" | "credentials"> & { readonly about: string };

const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[Math.floor(random() * items.length)] ?? items[0];

/** Structures that would be accepted, by operation: each gets one wrong value somewhere. */
const VALID = {
  CreateCluster: {
    clusterName: "fuzz",
    settings: [{ name: "containerInsights", value: "enabled" }],
    tags: [{ key: "k", value: "v" }],
  },
  RegisterTaskDefinition: {
    family: "fuzz",
    networkMode: "bridge",
    cpu: "64",
    memory: "64",
    containerDefinitions: [
      {
        name: "main",
        image: "roadstead/busybox:latest",
        memory: 16,
        essential: true,
        command: ["true"],
        environment: [{ name: "A", value: "b" }],
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
        dependsOn: [{ containerName: "other", condition: "START" }],
        ulimits: [{ name: "nofile", softLimit: 10, hardLimit: 20 }],
      },
      { name: "other", image: "roadstead/busybox:latest", memory: 16 },
    ],
    volumes: [{ name: "v", host: {} }],
  },
  RunTask: {
    taskDefinition: "fuzz:1",
    count: 1,
    overrides: { containerOverrides: [{ name: "main", command: ["x"] }] },
  },
  StartTask: { taskDefinition: "fuzz:1", containerInstances: ["0".repeat(32)] },
  StopTask: { task: "0".repeat(32), reason: "fuzz" },
  DescribeTasks: { cluster: "nowhere", tasks: ["0".repeat(32)], include: ["TAGS"] },
  ListTasks: { cluster: "nowhere", family: "f", desiredStatus: "RUNNING", maxResults: 10 },
  ListContainerInstances: { cluster: "nowhere", filter: "attribute:x == y", status: "ACTIVE" },
  DescribeContainerInstances: { containerInstances: ["0".repeat(32)], cluster: "nowhere" },
  RegisterContainerInstance: {
    cluster: "nowhere",
    totalResources: [{ name: "CPU", type: "INTEGER", integerValue: 1024 }],
    attributes: [{ name: "a", value: "b" }],
  },
  SubmitTaskStateChange: {
    cluster: "nowhere",
    task: "x y",
    status: "SIDEWAYS",
    containers: [{ containerName: "a" }],
  },
  DescribeTaskDefinition: { taskDefinition: "nothing:99" },
  DeregisterTaskDefinition: { taskDefinition: "nothing:x" },
  DeleteCluster: { cluster: "nowhere" },
} as const;

const OPERATIONS = Object.keys(VALID) as [keyof typeof VALID, ...(keyof typeof VALID)[]];

const target = (operation: string) => `${ECS_TARGET}.${operation}`;

function brokenJson(random: Random): Wrong {
  const operation = pick(random, OPERATIONS);
  const whole = JSON.stringify(VALID[operation]);
  const cut = 1 + Math.floor(random() * (whole.length - 2));
  return { about: `${operation} cut at ${cut}`, target: target(operation), body: whole.slice(0, cut) };
}

function garbledJson(random: Random): Wrong {
  const operation = pick(random, OPERATIONS);
  const bytes = Buffer.from(JSON.stringify(VALID[operation]));
  // The first byte opens the document: with another one it is none.
  bytes[0] = pick(random, [0x00, 0x5d, 0x7d, 0xc3, 0xff, 0x2c] as const);
  return { about: `${operation} garbled`, target: target(operation), body: Uint8Array.from(bytes) };
}

const WRONG_VALUES = [
  7.5,
  -1,
  1e308,
  true,
  "",
  "x y\u0000",
  "💥".repeat(300),
  [],
  [[]],
  {},
  [null],
  { a: 1 },
  "z".repeat(9_000),
] as const;

/** One member of a valid structure gets a value of a wrong type, under a reference that resolves to nothing. */
function wrongType(random: Random): Wrong {
  const operation = pick(random, OPERATIONS);
  const body = structuredClone(VALID[operation]) as Record<string, unknown>;
  const [name, value] = pick(random, Object.entries(body) as [[string, unknown], ...[string, unknown][]]);
  const wrong = WRONG_VALUES.filter((candidate) => kindOf(candidate) !== kindOf(value));
  body[name] = wrong[Math.floor(random() * wrong.length)];
  return {
    about: `${operation}.${name} = ${JSON.stringify(body[name]).slice(0, 40)}`,
    target: target(operation),
    body: JSON.stringify(body),
  };
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);

/** Values of the right type that no server may accept. */
function wrongValue(random: Random): Wrong {
  const odd = pick(random, [
    "x y",
    "💥",
    "../..",
    "a\u0000b",
    "%00",
    "'; DROP TABLE tasks; --",
    "x".repeat(300),
  ] as const);
  const [operation, body] = pick(random, [
    ["CreateCluster", { clusterName: odd }],
    ["DescribeTasks", { tasks: [`arn:aws:ecs:us-east-1:1:task/${odd}/${odd}`] }],
    ["DescribeTasks", { tasks: Array.from({ length: 101 }, () => "0".repeat(32)) }],
    ["RunTask", { taskDefinition: odd }],
    ["StopTask", { task: odd }],
    ["ListTasks", { nextToken: odd }],
    ["ListClusters", { maxResults: Math.floor(random() * 1e9) + 101 }],
    ["ListTaskDefinitions", { status: odd }],
    ["RegisterTaskDefinition", { ...VALID.RegisterTaskDefinition, family: `${odd} ` }],
    ["RegisterTaskDefinition", { ...VALID.RegisterTaskDefinition, memory: odd }],
    ["RegisterTaskDefinition", { ...VALID.RegisterTaskDefinition, networkMode: odd }],
    ["RegisterContainerInstance", { totalResources: [{ name: odd, type: "INTEGER", integerValue: -1 }] }],
    ["ListContainerInstances", { filter: `attribute:(${odd} ==` }],
    ["PutAccountSetting", { name: odd, value: odd }],
  ] as [readonly [string, object], ...(readonly [string, object])[]]);
  return {
    about: `${operation} with ${odd.slice(0, 30)}`,
    target: target(operation),
    body: JSON.stringify(body),
  };
}

function deep(random: Random): Wrong {
  const depth = 65 + Math.floor(random() * 3_000);
  const [open, close] = pick(random, [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const);
  const body = `{"clusterName":${open.repeat(depth)}1${close.repeat(depth)}}`;
  return { about: `${depth} levels deep`, target: target("CreateCluster"), body };
}

function wrongTarget(random: Random): Wrong {
  const wrong = pick(random, [
    "",
    "ListClusters",
    `${ECS_TARGET}.`,
    `${ECS_TARGET}.constructor`,
    "Other_2020.ListClusters",
    "a.b.c",
    `${ECS_TARGET}.__proto__`,
  ] as const);
  return { about: `target ${wrong}`, target: wrong, body: "{}" };
}

const FORM = "application/x-www-form-urlencoded; charset=utf-8";

function wrongQuery(random: Random): Wrong {
  const odd = pick(random, ["", "%", "%zz", "a b", "\u0000", "x".repeat(5_000), "💥"] as const);
  const body = pick(random, [
    `Action=CreateUser&Version=2010-05-08&UserName=${odd}%20%2F`,
    `Action=PutUserPolicy&Version=2010-05-08&UserName=nobody&PolicyName=p&PolicyDocument=${odd}`,
    `Action=ListUsers&Version=2010-05-08&MaxItems=${odd || "none"}`,
    `Action=ListUsers&Version=2010-05-08&Marker=made-up${odd}`,
    `Action=GetUser&Version=2010-05-08&UserName=nobody-${odd}`,
    `Action=CreateUser&Version=2010-05-08&UserName=u%20u&Tags.member.x.Key=${odd}`,
    `Action=CreateUser&Version=2010-05-08&UserName=u%20u&Tags.member.999999999.Key=a`,
    `Action=${odd}&Version=2010-05-08`,
    `Version=2010-05-08`,
    odd,
  ] as const);
  return { about: `query ${body.slice(0, 80)}`, service: "iam", contentType: FORM, body };
}

const KINDS = [brokenJson, garbledJson, wrongType, wrongValue, deep, wrongTarget, wrongQuery] as const;
