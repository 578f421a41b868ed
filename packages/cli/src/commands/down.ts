/** `roadstead down`: stops the control plane; tasks and load balancers go on unless --tasks, and nothing of ours stays with --purge. */
import type { Flags } from "../arguments.ts";
import { Failure } from "../failure.ts";
import { HAPROXY_PROCESS } from "../install/haproxy.ts";
import { say } from "../progress.ts";
import { purge } from "../purge.ts";
import { removeRegistryImages } from "../registry-images.ts";
import { stopProcesses } from "../shut-down.ts";
import { openStack } from "../stack.ts";
import { runningProcesses } from "../supervisor/control.ts";
import {
  listTaskContainers,
  removeTaskContainers,
  removeTaskVolumes,
  stopTaskContainers,
} from "../task-containers.ts";
import { removeTaskNetworks } from "../task-networks.ts";

export async function down(flags: Flags): Promise<void> {
  if (flags.tasks && flags.purge)
    throw new Failure("--purge stops tasks too: give one of --tasks and --purge");
  const { settings } = openStack();
  const everything = flags.tasks === true || flags.purge === true;
  const ran = await stopProcesses(settings, { keepBalancers: !everything });
  say(ran ? "The control plane is stopped." : "The control plane was not running.");
  if (!everything && runningProcesses(settings.dataDir).has(HAPROXY_PROCESS))
    say("Load balancers go on answering; stop them with: ./roadstead down --tasks");
  const live = await listTaskContainers(settings, "live");
  if (flags.tasks || flags.purge) {
    if (live.length > 0) say(`→ Stopping ${live.length} containers of tasks`);
    await stopTaskContainers(settings, live);
  } else if (live.length > 0) {
    say(`${live.length} containers of tasks keep running; stop them with: ./roadstead down --tasks`);
  }
  if (!flags.purge) return;
  await removeTaskContainers(settings, await listTaskContainers(settings, "all"));
  await removeRegistryImages(settings.dockerSocket, `127.0.0.1:${settings.registryPort}`).catch(
    () => undefined,
  ); // an engine that is gone keeps nothing
  await removeTaskVolumes(settings);
  await removeTaskNetworks(settings);
  await purge(settings);
}
