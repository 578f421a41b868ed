import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXAMPLES, openTerraform, terraformMissing } from "./support/terraform.ts";

const missing = terraformMissing();
if (missing) process.stderr.write(`skipping the Terraform tests: ${missing}\n`);

describe.skipIf(missing)("every Terraform example", () => {
  test.each(readdirSync(EXAMPLES))("%s is formatted, and valid for its provider", async (example) => {
    const terraform = await openTerraform({ env: {} }, example);
    try {
      expect(await terraform.must("fmt", "-check", "-diff")).toBe("");
      expect(await terraform.must("validate")).toContain("The configuration is valid");
    } finally {
      await terraform.close();
    }
  });
});
