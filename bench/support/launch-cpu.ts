/** Says how much processor time each process of the stack, the engine and the whole machine spent on some work. */
import { engineCpuMs, machineCpuMs, treeCpuMs } from "./cpu-time.ts";

/** Milliseconds by process; `engine` is dockerd, containerd and the shims, `machine` everything there is. */
export type CpuUse = ReadonlyMap<string, number>;

export const ENGINE = "engine";
export const MACHINE = "machine";

export async function cpuUsedBy<T>(
  pids: ReadonlyMap<string, number>,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly used: CpuUse }> {
  const before = reading(pids);
  const engineBefore = engineCpuMs();
  const value = await work();
  const engineAfter = engineCpuMs();
  const used = new Map([...reading(pids)].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
  // A shim that ended meanwhile takes its time with it: it belonged to somebody else's container.
  const engine = [...engineAfter].reduce((sum, [pid, ms]) => sum + ms - (engineBefore.get(pid) ?? 0), 0);
  return { value, used: used.set(ENGINE, engine) };
}

const reading = (pids: ReadonlyMap<string, number>): CpuUse =>
  new Map([
    ...[...pids]
      .filter(([name]) => name !== "supervisor")
      .map(([name, pid]) => [name, treeCpuMs(pid)] as const),
    [MACHINE, machineCpuMs()],
  ]);
