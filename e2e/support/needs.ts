/** Suites that need a tool of the machine: without it they say why they are left out, and start nothing. */
import { describe, test } from "vitest";

/**
 * `missing` is why the tool cannot be used, or null. The body of a suite that is merely skipped runs all the same, and what
 * it starts nobody would end: here it does not run.
 */
export function describeWith(missing: string | null, name: string, body: () => void | Promise<void>): void {
  if (missing === null) {
    describe(name, body);
    return;
  }
  process.stderr.write(`skipping "${name}": ${missing}\n`);
  describe.skip(name, () => {
    test("needs what is missing here", () => undefined);
  });
}
