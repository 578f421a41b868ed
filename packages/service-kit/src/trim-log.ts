/** Bounds the log file of a process that writes to it by itself; whoever starts such processes calls this. */
import { copyFileSync, statSync, truncateSync } from "node:fs";

const LOG_BYTES_MAX = 32 * 1024 * 1024;

/** Keeps one older part. Writers append, so the emptied file goes on where it is. */
export function trimLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES_MAX) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}
