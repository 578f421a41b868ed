import { RuntimeError } from "@roadstead/runtime/errors";
import { expect, test } from "vitest";
import { isRefusal, mayPassSoon, pullFailureText } from "./pull-failure.ts";
import { RegistryLoginError } from "./registry-login.ts";

const ROLE =
  "The task can't pull the image. Check that the role has the permissions to pull images from the registry. ";
const EXISTS = "The task can't pull the image. Check whether the image exists. ";
const NETWORK = "The task can't pull the image. Check your network configuration. ";

test.each([
  ["pull access denied for web, repository does not exist or may require 'docker login'", ROLE, false],
  ['Head "http://127.0.0.1:4701/v2/web/manifests/1": no basic auth credentials', ROLE, false],
  ["denied: Your authorization token has expired. Reauthenticate and try again.", ROLE, false],
  ["unauthorized: Not Authorized", ROLE, false],
  ["manifest for 127.0.0.1:4701/web:2 not found: manifest unknown: Requested image not found", EXISTS, false],
  ["repository 127.0.0.1:4701/web not found: name unknown: The repository does not exist", EXISTS, false],
  ['Get "http://127.0.0.1:4701/v2/": dial tcp 127.0.0.1:4701: connect: connection refused', NETWORK, true],
  ['Get "http://127.0.0.1:4701/v2/": EOF', NETWORK, true],
  ["received unexpected HTTP status: 503 Service Unavailable", NETWORK, true],
  ["dial tcp: lookup registry.test: no such host", NETWORK, false],
  ["no space left on device", "", false],
])("%s", (message, hint, passes) => {
  const error = new RuntimeError("PullFailed", message);
  expect(pullFailureText(error)).toBe(
    `CannotPullContainerError: ${hint}Error response from daemon: ${message}`,
  );
  expect(mayPassSoon(error)).toBe(passes);
  expect(isRefusal(error)).toBe(hint === ROLE);
});

test("without a login it is ECR's error, in the control plane's words", () => {
  const refused = new RegistryLoginError("AccessDeniedException: not allowed", false);
  expect(pullFailureText(refused)).toBe("CannotPullECRContainerError: AccessDeniedException: not allowed");
  expect([refused, new RegistryLoginError("fetch failed", true)].map(mayPassSoon)).toEqual([false, true]);
});

test("the engine's own failures are not the registry's", () => {
  const away = new RuntimeError("Unavailable", "connect ECONNREFUSED: connection refused");
  expect([mayPassSoon(away), isRefusal(away)]).toEqual([false, false]);
});
