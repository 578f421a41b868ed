/** Which addresses a task's containers have now; whoever must tell tasks apart by them asks. */
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import { engineName, type TaskRecord } from "../decide/task.ts";

export async function addressesOf(
  runtime: Pick<ContainerRuntime, "inspect">,
  { spec, network }: TaskRecord,
): Promise<readonly string[]> {
  if (spec.network) return network === "UP" ? [spec.network.address] : [];
  const containers = await Promise.all(
    spec.containers.map(({ name }) => runtime.inspect(engineName(spec, name))),
  );
  return containers.flatMap((container) => container?.addresses ?? []);
}
