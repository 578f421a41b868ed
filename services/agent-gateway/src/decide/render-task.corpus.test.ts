/** Renders real task definitions, where they are at hand, and checks what no payload may break. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ContainerDefinition, TaskDefinition } from "@roadstead/model/task-definition";
import { expect, test } from "vitest";
import { aContainer, aDefinition, aRenderInput } from "./definition-builders.ts";
import { renderTask } from "./render-task.ts";

const folder = resolve(
  process.env.ROADSTEAD_CORPUS ?? resolve(import.meta.dirname, "../../../../../shared/corpus"),
  "task-definitions",
);
const index = resolve(folder, "INDEX.tsv");
if (!existsSync(index))
  process.stdout.write(`corpus tests skipped: no INDEX.tsv in ${folder} (set ROADSTEAD_CORPUS)\n`);

/** Files that registration accepts. */
function registerable(): readonly string[] {
  if (!existsSync(index)) return [];
  const [, ...rows] = readFileSync(index, "utf8").trimEnd().split("\n");
  const accepted = rows.map((row) => row.split("\t")).filter((columns) => columns[7]?.startsWith("accept"));
  const present = new Set(readdirSync(folder));
  return accepted.map(([file = ""]) => file).filter((file) => present.has(file));
}

const withoutNulls = (_: string, value: unknown) => (value === null ? undefined : value);

/** Unwrapped, without nulls, with the members that registration fills in. */
function definitionOf(file: string): TaskDefinition {
  const json = JSON.parse(readFileSync(resolve(folder, file), "utf8"), withoutNulls) as {
    readonly taskDefinition?: TaskDefinition;
  } & TaskDefinition;
  const given = json.taskDefinition ?? json;
  return aDefinition({
    ...given,
    containerDefinitions: given.containerDefinitions.map((container: Partial<ContainerDefinition>) =>
      aContainer(container),
    ),
  });
}

interface Wire {
  readonly volumes: readonly { readonly name: string; readonly type: string; readonly host?: object }[];
  readonly containers: readonly {
    readonly overrides: string;
    readonly environment: Record<string, unknown>;
    readonly dockerConfig: { readonly config: string; readonly hostConfig: string };
    readonly mountPoints: readonly { readonly sourceVolume?: string }[];
  }[];
}

const FORBIDDEN = ["Binds", "PortBindings", "Env", "Image", "Cmd", "Entrypoint", "Memory"];

test.each(registerable().map((file) => [file]))("%s reaches an agent as one it accepts", (file) => {
  const definition = definitionOf(file);
  const task = JSON.parse(JSON.stringify(renderTask(aRenderInput(definition)))) as Wire;
  expect(task.containers).toHaveLength(definition.containerDefinitions.length);
  const volumes = new Set(task.volumes.map(({ name }) => name));
  for (const volume of task.volumes) expect(volume.type === "host" ? volume.host : {}).toBeDefined();
  for (const { overrides, environment, dockerConfig, mountPoints } of task.containers) {
    expect(overrides).toBe("{}");
    expect(Object.values(environment).every((value) => typeof value === "string")).toBe(true);
    const docker = { ...JSON.parse(dockerConfig.config), ...JSON.parse(dockerConfig.hostConfig) } as object;
    expect(FORBIDDEN.filter((key) => key in docker)).toEqual([]);
    expect(mountPoints.filter(({ sourceVolume }) => sourceVolume && !volumes.has(sourceVolume))).toEqual([]);
  }
});

test.skipIf(existsSync(index))("no corpus is at hand", () => undefined);
