/** Guarantees of reading containers' logs by the name of their service or task. */
import { expect, test } from "vitest";
import { type LogLine, readNewLines, sourcesOf } from "./container-logs.ts";

const access = {
  url: "http://api.test",
  region: "us-east-1",
  key: { accessKeyId: "k", secretAccessKey: "s" },
};
const NOW = 1_800_000_000_000;
const source = { group: "/ecs/web", region: "us-east-1", streamPrefix: "web/app/" };
const line = (id: number, timestamp: number, stream = "web/app/0123456789abcdef"): LogLine => ({
  eventId: String(id).padStart(4, "0"),
  logStreamName: stream,
  timestamp,
  message: `line ${id}`,
});

test("a container's streams are those of its service, or the one of its task", () => {
  const options = {
    "awslogs-group": "/ecs/web",
    "awslogs-region": "eu-west-1",
    "awslogs-stream-prefix": "web",
  };
  const definition = {
    containerDefinitions: [
      { name: "app", logConfiguration: { logDriver: "awslogs", options } },
      { name: "bare", logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/x" } } },
      { name: "file", logConfiguration: { logDriver: "json-file" } },
      { name: "none" },
    ],
  };
  expect(sourcesOf(definition, { region: "us-east-1", taskId: "" })).toEqual([
    { group: "/ecs/web", region: "eu-west-1", streamPrefix: "web/app/" },
    { group: "/x", region: "us-east-1", streamPrefix: "" },
  ]);
  expect(sourcesOf(definition, { region: "us-east-1", taskId: "abc" })[0]?.streamPrefix).toBe("web/app/abc");
});

test("the newest lines come first and then each new one once, also one that was late", async () => {
  const stored = Array.from({ length: 150 }, (_, i) => line(i, NOW + i));
  const asked: number[] = [];
  const read = async (_: typeof access, __: typeof source, sinceMs: number) => {
    asked.push(sinceMs);
    return stored.filter(({ timestamp }) => timestamp >= sinceMs);
  };
  const next = readNewLines(access, [source], NOW, read);
  const first = await next();
  expect([first.length, first[0], first.at(-1)]).toEqual([
    100,
    "app/01234567 | line 50",
    "app/01234567 | line 149",
  ]);
  stored.push(line(900, NOW + 20_000), line(901, NOW + 18_000));
  expect(await next()).toEqual(["app/01234567 | line 901", "app/01234567 | line 900"]);
  stored.push(line(902, NOW + 16_000));
  expect(await next()).toEqual(["app/01234567 | line 902"]);
  expect(await next()).toEqual([]);
  expect(asked.at(-1)).toBe(NOW + 15_000);
});

test("containers are read together in the order of time", async () => {
  const other = { ...source, streamPrefix: "web/side/" };
  const read = async (_: typeof access, { streamPrefix }: typeof source) =>
    streamPrefix === "web/app/" ? [line(1, NOW + 2)] : [line(2, NOW + 1, "web/side/fedcba9876543210")];
  expect(await readNewLines(access, [source, other], NOW, read)()).toEqual([
    "side/fedcba98 | line 2",
    "app/01234567 | line 1",
  ]);
});
