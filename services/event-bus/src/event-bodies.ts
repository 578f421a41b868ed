/** Loads what logged events speak of, once for a batch, and gives each its body. */
import type { ReadTx } from "@roadstead/db/connect";
import type { ContainerInstanceRow, InstanceTaskCounts } from "@roadstead/db/container-instances";
import { countInstanceTasks, instancePorts } from "@roadstead/db/container-instances";
import { clusterNames, instancesById, tasksById } from "@roadstead/db/event-objects";
import type { LoggedEvent } from "@roadstead/db/event-routing";
import type { TaskRow } from "@roadstead/db/tasks";
import type { Place } from "@roadstead/model/arn";
import { customEvent } from "./custom-event.ts";
import type { EventBody } from "./event-envelope.ts";
import { instanceEvent } from "./instance-event.ts";
import { serviceEvent } from "./service-event.ts";
import { taskEvent } from "./task-event.ts";

interface Loaded {
  readonly tasks: ReadonlyMap<string, TaskRow>;
  readonly instances: ReadonlyMap<string, ContainerInstanceRow>;
  readonly clusters: ReadonlyMap<string, string>;
  readonly ports: Awaited<ReturnType<typeof instancePorts>>;
  readonly counts: ReadonlyMap<string, InstanceTaskCounts>;
}

/** What gives each of the events its body: null for one whose object is gone for good. */
export async function eventBodies(
  tx: ReadTx,
  events: readonly LoggedEvent[],
): Promise<(event: LoggedEvent, place: Place) => EventBody | null> {
  const loaded = await load(tx, events);
  return (event, place) => bodyOf(event, place, loaded);
}

async function load(tx: ReadTx, events: readonly LoggedEvent[]): Promise<Loaded> {
  const ids = (kind: LoggedEvent["kind"]) => [
    ...new Set(events.flatMap((event) => (event.kind === kind ? event.objectId : []))),
  ];
  const tasks = await tasksById(tx, ids("task"));
  const own = ids("container-instance");
  const instances = await instancesById(tx, [...own, ...tasks.flatMap(({ instanceId }) => instanceId ?? [])]);
  const clusters = [...tasks, ...instances].map(({ clusterId }) => clusterId);
  const counts = own.length === 0 ? [] : await countInstanceTasks(tx, own);
  return {
    tasks: new Map(tasks.map((task) => [task.id, task])),
    instances: new Map(instances.map((instance) => [instance.id, instance])),
    clusters: await clusterNames(tx, clusters),
    ports: own.length === 0 ? [] : await instancePorts(tx, own),
    counts: new Map(counts.map((count) => [count.instanceId, count])),
  };
}

function bodyOf(event: LoggedEvent, place: Place, loaded: Loaded): EventBody | null {
  switch (event.kind) {
    case "task": {
      const row = loaded.tasks.get(event.objectId);
      const clusterName = row && loaded.clusters.get(row.clusterId);
      return row && clusterName
        ? taskEvent(event, row, { place, clusterName, instances: loaded.instances })
        : null;
    }
    case "container-instance": {
      const row = loaded.instances.get(event.objectId);
      const clusterName = row && loaded.clusters.get(row.clusterId);
      if (!row || !clusterName) return null;
      const counts = loaded.counts.get(row.id) ?? null;
      return instanceEvent(event, row, { place, clusterName, ports: loaded.ports, counts });
    }
    case "service":
    case "deployment":
      return serviceEvent(event, place);
    case "custom":
      return customEvent(event);
  }
}
