/** Makes the passwords and the master key once and reads them ever after; `up` and the commands that need the database call this. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** A file of hexadecimal digits, 0600; two launchers at once agree on one. */
export function ensureSecret(path: string, bytes: number): string {
  try {
    writeFileSync(path, `${randomBytes(bytes).toString("hex")}\n`, {
      mode: 0o600,
      flag: "wx",
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path, "utf8").trim();
}
