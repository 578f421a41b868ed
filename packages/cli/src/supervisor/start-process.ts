/** Starts one process in a session of its own, writing to its log file; the supervisor calls this. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { identify, type ProcessIdentity } from "@roadstead/service-kit/process-identity";
import { trimLog } from "@roadstead/service-kit/trim-log";
import type { ProcessSpecification } from "./specification.ts";

/** Null when it could not be started at all; the reason is in its log file. */
export function startProcess(specification: ProcessSpecification, onEnd: () => void): ProcessIdentity | null {
  mkdirSync(dirname(specification.logFile), { recursive: true });
  trimLog(specification.logFile);
  const log = openSync(specification.logFile, "a", 0o600);
  try {
    const child = spawn(specification.command, [...specification.args], {
      cwd: specification.cwd,
      env: { ...specification.env },
      detached: true,
      stdio: ["ignore", log, log],
      ...(specification.user ? { uid: specification.user.uid, gid: specification.user.gid } : {}),
    });
    child.on("error", (error) => process.stderr.write(`${specification.name}: ${error.message}\n`));
    child.on("exit", onEnd);
    child.unref();
    return child.pid === undefined ? null : identify(child.pid);
  } catch (error) {
    process.stderr.write(`${specification.name}: ${String(error)}\n`);
    return null;
  } finally {
    closeSync(log);
  }
}
