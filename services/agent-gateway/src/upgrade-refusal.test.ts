/** Answers to upgrades that may not go through. */
import { awsError } from "@roadstead/aws-protocol/errors";
import { expect, test } from "vitest";
import { inactiveInstance, refusalOf, unknownInstance } from "./upgrade-refusal.ts";

test.each([
  ["a deregistered instance", inactiveInstance(), 400, "InactiveInstanceException"],
  ["an unknown instance", unknownInstance(), 400, "InvalidInstanceException"],
  ["a wrong signature", awsError("InvalidSignatureException", "no"), 403, "AccessDeniedException"],
  ["an unknown key", awsError("UnrecognizedClientException", "no"), 403, "AccessDeniedException"],
  ["a failure of ours", new Error("connect ECONNREFUSED 10.0.0.5"), 500, "ServerException"],
])("%s is told under a name that agents know", (_, error, status, reason) => {
  const refusal = refusalOf(error);
  expect(refusal).toMatchObject({ status, reason });
  expect(Object.keys(JSON.parse(refusal.body) as object)).toEqual([reason]);
});

test("a failure of ours does not say what failed", () => {
  expect(refusalOf(new Error("connect ECONNREFUSED 10.0.0.5")).body).not.toContain("10.0.0.5");
});

test("an answer is short enough for an agent to read whole", () => {
  expect(refusalOf(awsError("X", "é".repeat(5_000))).body.length).toBeLessThan(512);
});
