/**
 * Lends every test file one running stack; vitest calls it (`globalSetup`).
 *
 * A stack named by ROADSTEAD_E2E_DATA (its data folder) is used as it is and left running; otherwise a private one is
 * brought up, and after the last test it must go without a trace.
 */
import type { TestProject } from "vitest/node";
import { ensureImage } from "./image.ts";
import { assertNoLeaks } from "./leaks.ts";
import { destroyStack, openStack, startStack } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The data folder of the stack under test. */
    dataDir: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await ensureImage();
  const given = process.env.ROADSTEAD_E2E_DATA;
  const stack = given ? openStack(given) : await startStack();
  project.provide("dataDir", stack.dataDir);
  return async () => {
    if (given) return;
    await destroyStack(stack);
    await assertNoLeaks(stack.dataDir);
  };
}
