/** Guarantees for those whose AWS CLI is older than AWS_ENDPOINT_URL. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AWS_FUNCTION, knowsEndpointVariable } from "./aws-command.ts";

test("the releases that read AWS_ENDPOINT_URL are told from those before", () => {
  const versions = ["1.28.85", "1.29.0", "1.45.11", "2.9.19", "2.12.7", "2.13.0", "2.31.4", "3.0.0"];
  expect(versions.filter(knowsEndpointVariable)).toEqual(["1.29.0", "1.45.11", "2.13.0", "2.31.4", "3.0.0"]);
});

test("the function gives every command the endpoint, and leaves it out where there is none", () => {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-aws-"));
  try {
    const program = join(folder, "aws");
    writeFileSync(program, '#!/bin/sh\nfor word; do echo "<$word>"; done\n');
    chmodSync(program, 0o755);
    const run = (script: string) =>
      execFileSync("sh", ["-c", AWS_FUNCTION + script], {
        encoding: "utf8",
        env: { PATH: `${folder}:${process.env.PATH}`, AWS_ENDPOINT_URL: "http://127.0.0.1:4700" },
      });
    expect(run("aws ecs 'a b'")).toBe("<--endpoint-url>\n<http://127.0.0.1:4700>\n<ecs>\n<a b>\n");
    expect(run("unset AWS_ENDPOINT_URL; aws ecs")).toBe("<ecs>\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
