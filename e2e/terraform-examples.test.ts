import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { describeWith } from "./support/needs.ts";
import { EXAMPLES, openTerraform, terraformMissing } from "./support/terraform.ts";

describeWith(terraformMissing(), "every Terraform example", () => {
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
