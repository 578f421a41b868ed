import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXAMPLES, openTerraform, terraformMissing } from "./support/terraform.ts";

const missing = terraformMissing();
if (missing) process.stderr.write(`skipping the Terraform tests: ${missing}\n`);

describe.skipIf(missing)("every Terraform example", () => {
  test.each(readdirSync(EXAMPLES))("%s is formatted, and valid for its provider", async (example) => {
    const terraform = await openTerraform({ env: {} }, example);
    try {
      expect(await terraform.run("fmt", "-check", "-diff")).toEqual({ code: 0, output: "" });
      expect(await terraform.run("validate")).toMatchObject({ code: 0 });
    } finally {
      await terraform.close();
    }
  });
});
