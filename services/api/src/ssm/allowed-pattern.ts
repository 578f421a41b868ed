/** Checks a parameter's value against its allowed pattern, which is its user's own and must not hold up others. */
import { runInNewContext } from "node:vm";
import { parameterErrors } from "./errors.ts";

const TIMEOUT_MS = 50;

export function checkPattern(pattern: string | undefined, value: string): void {
  if (!pattern) return;
  let isAllowed: unknown;
  try {
    isAllowed = runInNewContext(
      "new RegExp(pattern).test(value)",
      { pattern, value },
      { timeout: TIMEOUT_MS },
    );
  } catch {
    throw parameterErrors.invalidPattern();
  }
  if (isAllowed !== true) throw parameterErrors.patternMismatch(pattern);
}
