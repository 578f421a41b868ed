import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { tar } from "./tar.ts";

test("the system's tar reads what was written, with its modes", () => {
  const archive = tar([
    { path: "bin/tool", mode: 0o755, content: Buffer.alloc(700, "x") },
    { path: "www/index.html", mode: 0o644, content: Buffer.from("hello") },
    { path: "bin/sh", mode: 0o777, content: Buffer.alloc(0), link: "tool" },
  ]);
  const list = execFileSync("tar", ["-tvf", "-"], { input: archive, encoding: "utf8" });
  expect(list).toMatch(/^-rwxr-xr-x .* 700 .* bin\/tool$/m);
  expect(list).toMatch(/^-rw-r--r-- .* 5 .* www\/index\.html$/m);
  expect(list).toMatch(/^lrwxrwxrwx .* bin\/sh -> tool$/m);
  expect(execFileSync("tar", ["-xOf", "-", "www/index.html"], { input: archive, encoding: "utf8" })).toBe(
    "hello",
  );
});
