/** Carries the W3C trace context of a request through everything it does; the api starts it, messages pass it on. */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";

const current = new AsyncLocalStorage<string>();
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Runs `work` under the given context, or under a new one when it is missing or malformed. */
export function withTrace<T>(traceparent: string | undefined, work: () => T): T {
  const valid = traceparent !== undefined && TRACEPARENT.test(traceparent);
  return current.run(valid ? traceparent : newTraceparent(), work);
}

/** The context of the running work; undefined outside any. */
export const currentTraceparent = (): string | undefined => current.getStore();

/** The trace id of the running work, as log lines carry it. */
export const currentTraceId = (): string | undefined => current.getStore()?.split("-")[1];

export const newTraceparent = (): string =>
  `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
