import { describe, expect, test } from "vitest";
import { bridge, errorOf, type Input } from "../registration-builders.test-data.ts";

const refused: readonly (readonly [name: string, input: Input, message: string | RegExp])[] = [
  ["no family", { ...bridge(), family: "" }, "Family should not be null or empty."],
  ["odd family", { ...bridge(), family: "a b" }, "Family contains invalid characters."],
  ["odd role", { ...bridge(), taskRoleArn: "<role>" }, "Role is not valid"],
  [
    "unknown launch type",
    { ...bridge(), requiresCompatibilities: ["X" as "EC2"] },
    /launch type should be one of/,
  ],
  [
    "unknown network mode",
    { ...bridge(), networkMode: "default" as "host" },
    /network mode should be one of/,
  ],
  ["unknown pid mode", { ...bridge(), pidMode: "" as "host" }, /pid mode/],
  [
    "unknown platform",
    { ...bridge(), runtimePlatform: { operatingSystemFamily: "BEOS" as "LINUX" } },
    /BEOS/,
  ],
  [
    "ARM Windows",
    {
      ...bridge(),
      runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE", cpuArchitecture: "ARM64" },
    },
    /ARM64/,
  ],
  [
    "distinctInstance in a definition",
    { ...bridge(), placementConstraints: [{ type: "distinctInstance" as "memberOf" }] },
    /placement constraint type/,
  ],
  ["proxy of nobody", { ...bridge(), proxyConfiguration: { containerName: "envoy" } }, /'envoy'/],
  [
    "small ephemeral storage",
    { ...bridge(), ephemeralStorage: { sizeInGiB: 20 } },
    "EphemeralStorage size should be at least 21",
  ],
  [
    "large ephemeral storage",
    { ...bridge(), ephemeralStorage: { sizeInGiB: 201 } },
    "EphemeralStorage size should be at most 200",
  ],
  ["64 KiB", bridge({ command: ["x".repeat(70_000)] }), /too large/],
  ["a NUL in a command", bridge({ command: ["a\u0000"] }), /not valid/],
  ["half a character", bridge({ dockerLabels: { "\ud800": "" } }), /not valid/],
  ["no containers", { family: "web", containerDefinitions: [] }, /empty/],
  [
    "eleven containers",
    bridge(...Array.from({ length: 11 }, (_, i) => ({ name: `c${i}` }))),
    /too many containers/,
  ],
  ["no container name", bridge({ name: "" }), "Container.name should not be null or empty."],
  ["odd container name", bridge({ name: "a.b" }), "Container.name contains invalid characters."],
  ["no image", bridge({ image: "" }), "Container.image should not be null or empty."],
  ["odd image", bridge({ image: "{{IMAGE}}" }), "Container.image contains invalid characters."],
  ["short digest", bridge({ image: "nginx@sha256:12" }), "Container.image contains invalid characters."],
  ["same name twice", bridge({}, {}), /more than once/],
  ["nothing essential", bridge({ essential: false }), /at least one essential/],
  [
    "health interval",
    bridge({ healthCheck: { command: ["CMD", "x"], interval: 4 } }),
    /interval should be between 5 and 300/,
  ],
  ["health retries", bridge({ healthCheck: { command: ["CMD", "x"], retries: 11 } }), /retries/],
  [
    "restart period",
    bridge({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    /restartAttemptPeriod/,
  ],
  [
    "unknown ulimit",
    bridge({ ulimits: [{ name: "x" as "core", softLimit: 1, hardLimit: 1 }] }),
    /ulimit name/,
  ],
  [
    "odd sysctl",
    bridge({ systemControls: [{ namespace: "vm.max_map_count", value: "1" }] }),
    /vm.max_map_count/,
  ],
  [
    "net sysctl in host mode",
    { ...bridge({ systemControls: [{ namespace: "net.core.somaxconn", value: "1" }] }), networkMode: "host" },
    /networkMode=host/,
  ],
  ["zero GPUs", bridge({ resourceRequirements: [{ type: "GPU", value: "0" }] }), /GPU/],
  [
    "no memory at all",
    { family: "web", containerDefinitions: [{ name: "app", image: "nginx" }] },
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
  ],
  ["zero memory", bridge({ memory: 0 }), /at least 6/],
  [
    "reservation above limit",
    bridge({ memory: 64, memoryReservation: 128 }),
    /greater than 'memoryReservation'/,
  ],
  [
    "container above task memory",
    { ...bridge({ memory: 600 }), memory: "512" },
    "The 'memory' setting for container is greater than for the task.",
  ],
  [
    "sum above task memory",
    { ...bridge({ name: "a", memory: 300 }, { name: "b", memory: 300 }), memory: "512" },
    /sum of the 'memory'/,
  ],
  [
    "sum above task cpu",
    { ...bridge({ name: "a", cpu: 200 }, { name: "b", cpu: 200 }), cpu: "256" },
    /sum of the 'cpu'/,
  ],
  ["task cpu of 1", { ...bridge(), cpu: "1" }, /^Invalid 'cpu' setting for task\./],
  ["task memory of words", { ...bridge(), memory: "lots" }, /^Invalid 'memory' setting for task\./],
];

describe("registration refuses", () => {
  test.each(refused)("%s", (_name, input, message) => {
    expect(errorOf(input)).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });
});
