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
  const value = await work();
  const after = reading(pids);
  return { value, used: new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)])) };
}

const reading = (pids: ReadonlyMap<string, number>): CpuUse =>
  new Map([
    ...[...pids].map(([name, pid]) => [name, name === "supervisor" ? 0 : treeCpuMs(pid)] as const),
    [ENGINE, engineCpuMs()],
    [MACHINE, machineCpuMs()],
  ]);
