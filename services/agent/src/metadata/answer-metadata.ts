/**
 * Decides what is answered to a container that asks for metadata: only its own task's, by a path that cannot be guessed and
 * from an address of the task's. The endpoint calls it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
import type { ContainerInspection } from "@roadstead/runtime/runtime";
import { type Answer, type EndpointState, failure, mayRead, UNKNOWN } from "../credentials/answer-request.ts";
import { engineName, type TaskRecord } from "../decide/task.ts";
import { describeContainer, describeTask } from "./describe-task.ts";
import { isMetadataPath, readMetadataPath, type Wanted } from "./metadata-uri.ts";

export interface MetadataState extends EndpointState {
  readonly inspect: (reference: string) => Promise<ContainerInspection | null>;
  /** What the container uses, in the engine's words; null when it does not run. */
  readonly statsOf: (task: TaskRecord, reference: string) => Promise<object | null>;
}

/** Null for a path that is not metadata's. */
export async function answerMetadata(
  state: MetadataState,
  { path, peer }: { readonly path: string; readonly peer: string },
): Promise<Answer | null> {
  if (!isMetadataPath(path)) return null;
  const asked = readMetadataPath(path);
  const task = asked && state.tasks().find(({ spec }) => spec.metadataId === asked.id);
  const name = task?.spec.containers[asked?.index ?? -1]?.name;
  if (!asked || !task || !name || !(await mayRead(state, task, peer))) return UNKNOWN;
  const body = await bodyOf(state, task, { name, wanted: asked.wanted });
  return body ? { status: 200, body } : failure(404, "NotFound", `no metadata of container ${name} yet`);
}

async function bodyOf(
  state: MetadataState,
  task: TaskRecord,
  { name, wanted }: { readonly name: string; readonly wanted: Wanted },
): Promise<object | null> {
  const named = (one: string) => engineName(task.spec, one);
  if (wanted === "stats") return state.statsOf(task, named(name));
  const found = await Promise.all(
    task.spec.containers.map(async (one) => [one.name, await state.inspect(named(one.name))] as const),
  );
  const inspections = new Map(
    found.flatMap(([key, inspection]) => (inspection ? [[key, inspection] as const] : [])),
  );
  if (wanted === "task") return describeTask(task, inspections);
  if (wanted === "container") return describeContainer(task, name, inspections);
  const stats = await Promise.all(
    [...inspections].map(async ([key, { id }]) => [id, await state.statsOf(task, named(key))] as const),
  );
  return Object.fromEntries(stats);
}
