/** Tells one start of the machine from another; numbered batches of log lines carry it. */
import { readFile } from "node:fs/promises";

/** Where the kernel does not say, every start of the agent counts as one. */
export const readBootId = async (): Promise<string> => {
  const text = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => String(Date.now()));
  return text.trim();
};
