import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profileSections, renderExports, shellQuote, withSection } from "./exports.ts";

const settings = { apiUrl: "http://127.0.0.1:4700", regions: ["eu-west-1", "us-east-1"], registryPort: 4701 };
const key = { accessKeyId: "AKIA234567890ABCDEFG", secretAccessKey: "a/b+c=d" };

describe("renderExports", () => {
  test("prints the six variables, one per line", () =>
    expect(renderExports(settings, key)).toBe(
      [
        "export AWS_ENDPOINT_URL=http://127.0.0.1:4700",
        "export AWS_ACCESS_KEY_ID=AKIA234567890ABCDEFG",
        "export AWS_SECRET_ACCESS_KEY=a/b+c=d",
        "export AWS_REGION=eu-west-1",
        "export AWS_DEFAULT_REGION=eu-west-1",
        "export ROADSTEAD_REGISTRY=127.0.0.1:4701",
        "",
      ].join("\n"),
    ));
});

describe("shellQuote", () => {
  test("a shell reads back exactly what was quoted", () =>
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("\0")),
        (text) => {
          const read = execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`], { encoding: "utf8" });
          expect(read).toBe(text);
        },
      ),
      { numRuns: 30 },
    ));
});

describe("withSection", () => {
  const section = { header: "roadstead", lines: ["region = r"] };

  test("adds the section to an empty file and after others", () => {
    expect(withSection("", section)).toBe("[roadstead]\nregion = r\n");
    expect(withSection("[a]\nx = 1\n", section)).toBe("[a]\nx = 1\n\n[roadstead]\nregion = r\n");
  });

  test("replaces only its own section", () =>
    expect(withSection("[a]\nx = 1\n\n[roadstead]\nregion = old\nextra = 1\n\n[b]\ny = 2\n", section)).toBe(
      "[a]\nx = 1\n\n[roadstead]\nregion = r\n\n[b]\ny = 2\n",
    ));

  test("writing twice changes nothing more", () => {
    for (const ini of ["", "[a]\nx = 1\n", "[roadstead]\nregion = old\n[b]\ny = 2\n"]) {
      const once = withSection(ini, section);
      expect(withSection(once, section)).toBe(once);
    }
  });

  test("the configuration file names profiles differently, except the default one", () => {
    expect(profileSections("dev", settings, key).config.header).toBe("profile dev");
    expect(profileSections("default", settings, key).config.header).toBe("default");
    expect(profileSections("dev", settings, key).credentials.header).toBe("dev");
  });
});
