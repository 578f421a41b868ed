/** Holds the launcher to removing the pid files of dead daemons, and no others. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeStalePidFile } from "./stale-pid-file.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pid-file-"));
  file = join(folder, "docker.pid");
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ["a process that has ended", "4194303"],
  ["a pid that another program has been given since", String(process.pid)],
  ["nothing that is a number", "?"],
])("a file that names %s goes", (_what, content) => {
  writeFileSync(file, content);
  expect(removeStalePidFile(file, "dockerd")).toBe(true);
  expect(existsSync(file)).toBe(false);
});

test("a file that names the running daemon stays", () => {
  writeFileSync(file, "77\n");
  expect(removeStalePidFile(file, "dockerd", (pid) => (pid === 77 ? "dockerd" : null))).toBe(false);
  expect(existsSync(file)).toBe(true);
});

test("no file is no work", () => {
  expect(removeStalePidFile(file, "dockerd")).toBe(false);
});
