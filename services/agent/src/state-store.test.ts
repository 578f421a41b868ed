import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newTask } from "./decide/task.ts";
import { aTaskSpec } from "./decide/task-fixture.ts";
import { openStateStore } from "./state-store.ts";

let dataDir: string;
const task = newTask(aTaskSpec(), "RUNNING", 0);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-state-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test("what was saved is there for the next life", async () => {
  const store = await openStateStore(dataDir);
  expect(await store.loadAgent()).toBeNull();
  await store.saveAgent({ cluster: "default", containerInstanceArn: "arn:i", sequence: 7 });
  await store.saveTask(task);
  const next = await openStateStore(dataDir);
  expect(await next.loadAgent()).toMatchObject({
    cluster: "default",
    containerInstanceArn: "arn:i",
    sequence: 7,
  });
  expect(await next.loadTasks()).toEqual([task]);
  await next.deleteTask(task.spec.arn);
  expect(await next.loadTasks()).toEqual([]);
});

test("a write that was cut off leaves the state before it", async () => {
  const store = await openStateStore(dataDir);
  await store.saveTask(task);
  await writeFile(join(dataDir, "tasks", "0123456789abcdef0123456789abcdef.json.tmp"), '{"task":{"sp');
  expect(await (await openStateStore(dataDir)).loadTasks()).toEqual([task]);
  expect(await readdir(join(dataDir, "tasks"))).toHaveLength(1);
});

test("a file that cannot be read is set aside and stops nothing", async () => {
  const store = await openStateStore(dataDir);
  await store.saveTask(task);
  await writeFile(join(dataDir, "tasks", "bad.json"), "{");
  expect(await store.loadTasks()).toEqual([task]);
  expect(await readdir(join(dataDir, "tasks"))).toContain("bad.json.unreadable");
});

test("a task's id cannot lead out of the folder", async () => {
  const store = await openStateStore(dataDir);
  const evil = newTask(aTaskSpec({ arn: "arn:aws:ecs:r:a:task/c/.." }), "RUNNING", 0);
  await expect(store.saveTask(evil)).rejects.toThrow("cannot name a file");
});
