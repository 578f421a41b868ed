/** Removes pid files of daemons that are gone: dockerd refuses to start while one names a process, whoever's it is now. */
import { readFileSync, rmSync } from "node:fs";
import { identify } from "@roadstead/service-kit/process-identity";
import { say } from "../progress.ts";

/** The name of a live process as the kernel has it; null for one that has ended, zombies included. */
function liveName(pid: number): string | null {
  try {
    return identify(pid) && readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return null; // it ended between the two reads
  }
}

/** True when the file named a process that is not the daemon, and was removed. */
export function removeStalePidFile(
  path: string,
  daemon: string,
  nameOf: (pid: number) => string | null = liveName,
): boolean {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return false; // there is none
  }
  if (nameOf(Number.parseInt(text, 10)) === daemon) return false;
  say(`→ Removing ${path}: the ${daemon} it names has ended`);
  rmSync(path, { force: true });
  return true;
}
