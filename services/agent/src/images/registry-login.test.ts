import { expect, test } from "vitest";
import { EcsError } from "../control/ecs-client.ts";
import { createRegistryLogins } from "./registry-login.ts";

const HOUR = 60 * 60_000;

/** Answers token-1, token-2, … each good for twelve hours, at a time that the test sets. */
function aControlPlane() {
  const state = { now: 1_000_000_000_000, asked: [] as string[], failure: null as Error | null };
  const client = {
    call: async (operation: string) => {
      state.asked.push(operation);
      if (state.failure) throw state.failure;
      const token = Buffer.from(`AWS:to:ken-${state.asked.length}`).toString("base64");
      return {
        authorizationData: [{ authorizationToken: token, expiresAt: (state.now + 12 * HOUR) / 1_000 }],
      };
    },
  };
  return { state, logins: createRegistryLogins(client, () => state.now) };
}

test("a login is asked for once, by however many, and kept until an hour before its end", async () => {
  const { state, logins } = aControlPlane();
  const got = await Promise.all([logins.get(), logins.get()]);
  expect(got).toEqual([
    { username: "AWS", password: "to:ken-1" },
    { username: "AWS", password: "to:ken-1" },
  ]);
  state.now += 11 * HOUR - 1;
  expect((await logins.get()).password).toBe("to:ken-1");
  expect(state.asked).toEqual(["GetAuthorizationToken"]);
  state.now += 1;
  expect((await logins.get()).password).toBe("to:ken-2");
});

test("while the control plane is away a login serves to its end, and no longer", async () => {
  const { state, logins } = aControlPlane();
  await logins.get();
  state.failure = new TypeError("fetch failed");
  state.now += 12 * HOUR - 1;
  expect((await logins.get()).password).toBe("to:ken-1");
  state.now += 1;
  await expect(logins.get()).rejects.toMatchObject({ name: "RegistryLoginError", isPassing: true });
});

test("one that was refused is replaced once, unless it is so new that another would be refused too", async () => {
  const { state, logins } = aControlPlane();
  const first = await logins.get();
  expect(await logins.renew(first)).toBeNull();
  state.now += HOUR;
  const second = await logins.renew(first);
  expect(second?.password).toBe("to:ken-2");
  expect(await logins.renew(first)).toBe(second);
  expect(state.asked).toHaveLength(2);
});

test.each([
  [new EcsError("AccessDeniedException", 400, "not allowed"), false],
  [new EcsError("ServerException", 500, "oops"), true],
])("a refusal of the control plane lasts, a failure may pass (%s)", async (failure, isPassing) => {
  const { state, logins } = aControlPlane();
  state.failure = failure;
  await expect(logins.get()).rejects.toMatchObject({ isPassing, message: failure.message });
});

test("an answer without a token is no login", async () => {
  const logins = createRegistryLogins({ call: async () => ({ authorizationData: [] }) });
  await expect(logins.get()).rejects.toThrow("no token");
});
