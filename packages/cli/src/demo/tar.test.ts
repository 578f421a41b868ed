import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { tar } from "./tar.ts";

test("the system's tar reads what was written, with its modes", () => {
  const archive = tar([
    { path: "bin/tool", mode: 0o755, content: Buffer.alloc(700, "x") },
    { path: "www/index.html", mode: 0o644, content: Buffer.from("hello") },
  ]);
  const list = execFileSync("tar", ["-tvf", "-"], { input: archive, encoding: "utf8" });
  expect(list).toMatch(/^-rwxr-xr-x .* 700 .* bin\/tool$/m);
  expect(list).toMatch(/^-rw-r--r-- .* 5 .* www\/index\.html$/m);
  expect(execFileSync("tar", ["-xOf", "-", "www/index.html"], { input: archive, encoding: "utf8" })).toBe(
    "hello",
  );
});
