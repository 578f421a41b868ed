/** Says in services' events which of their tasks have started; `commitPlacement` calls it with what it placed. */
import { startedTasksMessage, TASKS_PER_MESSAGE } from "@roadstead/deployment/messages";
import type { WriteTx } from "./connect.ts";
import type { LaunchParameters } from "./schema/task.ts";
import { insertServiceEvents, type NewServiceEvent } from "./service-events.ts";

interface PlacedTask {
  readonly id: string;
  readonly launchRequestId: string;
  readonly parameters: LaunchParameters;
  /** Null for a task of RunTask, of which nothing is said. */
  readonly service: { readonly id: string; readonly name: string } | null;
}

/** A task has started once it has an instance: before, it may still find no room. */
export async function announceStarts(tx: WriteTx, placed: readonly PlacedTask[]): Promise<void> {
  const byService = Map.groupBy(
    placed.filter(({ service }) => service !== null),
    ({ service }) => service?.id,
  );
  await insertServiceEvents(tx, [...byService.values()].flatMap(startedEvents));
}

/** One text names so many tasks and no more. */
function startedEvents(tasks: readonly PlacedTask[]): readonly NewServiceEvent[] {
  const service = tasks[0]?.service;
  if (!service) return [];
  const requests = new Map(tasks.map(({ launchRequestId, parameters }) => [launchRequestId, parameters]));
  const replaced = [...requests.values()].reduce(
    (sum, { replacedUnhealthy = 0 }) => sum + replacedUnhealthy,
    0,
  );
  return Array.from({ length: Math.ceil(tasks.length / TASKS_PER_MESSAGE) }, (_, n) => {
    const part = tasks.slice(n * TASKS_PER_MESSAGE, (n + 1) * TASKS_PER_MESSAGE);
    const inPart = n === 0 ? Math.min(replaced, part.length) : 0;
    const taskIds = part.map(({ id }) => id);
    return { serviceId: service.id, message: startedTasksMessage(service.name, taskIds, inPart) };
  });
}
