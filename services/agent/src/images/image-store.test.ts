import { RuntimeError } from "@roadstead/runtime/errors";
import { createFakeRuntime, type FakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { createSlots } from "../engine/slots.ts";
import { createImageStore, digestOf, type ImageStoreDeps } from "./image-store.ts";

const OWN = { accountId: "111122223333", region: "eu-west-1" };
const FOREIGN = { accountId: "444455556666", region: "eu-west-1" };
const DIGEST = `sha256:${"ab".repeat(32)}`;
const IMAGE = "127.0.0.1:4701/111122223333.eu-west-1/web:1";
const login = { username: "AWS", password: "good" };

let runtime: FakeRuntime;
let pulls: string[];

beforeEach(() => {
  runtime = createFakeRuntime();
  pulls = [];
  runtime.intercept("pull", "before", (image) => void pulls.push(image));
});

const aStore = (change: Partial<ImageStoreDeps> = {}) =>
  createImageStore({
    runtime,
    pullBehavior: "default",
    accountId: OWN.accountId,
    logins: { get: async () => login, renew: async () => null },
    loginsOfTask: () => ({ get: async () => login, renew: async () => null }),
    pulls: createSlots(2),
    retry: { minMs: 1, maxMs: 2, factor: 2 },
    ...change,
  });

const signal = () => AbortSignal.timeout(10_000);
const ours = (image = IMAGE) => ({ image, registry: OWN });
const failing = (times: number, message: string) => {
  let left = times;
  runtime.intercept("pull", "before", () => {
    left -= 1;
    if (left >= 0) throw new RuntimeError("PullFailed", message);
  });
};

describe("an image of ours", () => {
  test.each(["default", "always", "once", "prefer-cached"] as const)(
    "is pulled with the instance's login when it is not here (%s)",
    async (pullBehavior) => {
      runtime.serveImage(IMAGE, { login, digest: DIGEST });
      const image = await aStore({ pullBehavior }).obtain(ours(), signal());
      expect(image && digestOf(IMAGE, image)).toBe(DIGEST);
    },
  );

  test("is pulled with a new login when the old one is refused, once", async () => {
    runtime.serveImage(IMAGE, { login, digest: DIGEST });
    const logins = { get: async () => ({ username: "AWS", password: "old" }), renew: async () => login };
    expect(await aStore({ logins }).obtain(ours(), signal())).not.toBeNull();
    expect(pulls).toHaveLength(2);

    const useless = { ...logins, renew: logins.get };
    const refused = aStore({ logins: useless, pullBehavior: "always" }).obtain(ours(), signal());
    await expect(refused).rejects.toMatchObject({ kind: "PullFailed" });
    expect(pulls).toHaveLength(4);
  });

  test("is not had without a login, which nobody else's image asks for", async () => {
    const logins = { get: () => Promise.reject(new Error("no login")), renew: async () => null };
    const store = aStore({ logins });
    await expect(store.obtain(ours(), signal())).rejects.toThrow("no login");
    runtime.serveImage("web:1", { login: null, digest: DIGEST });
    expect(await store.obtain({ image: "web:1", registry: null }, signal())).not.toBeNull();
  });
});

describe("an image of ours that an execution role pulls", () => {
  const TASK = "arn:aws:ecs:eu-west-1:111122223333:task/default/1";
  const byRole = (taskArn = TASK) => ({
    image: IMAGE,
    registry: { ...OWN, useExecutionRole: true },
    taskArn,
  });
  const none = {
    get: () => Promise.reject(new Error("the instance's was asked for")),
    renew: async () => null,
  };
  const roleLogins = (passwords: Readonly<Record<string, string>>) => (taskArn: string) => ({
    get: async () => ({ username: "AWS", password: passwords[taskArn] ?? "none" }),
    renew: async () => null,
  });

  test("is pulled with its task's login, whatever the instance may", async () => {
    runtime.serveImage(IMAGE, { login, digest: DIGEST });
    const store = aStore({ logins: none, loginsOfTask: roleLogins({ [TASK]: login.password }) });
    expect(await store.obtain(byRole(), signal())).not.toBeNull();
  });

  test("is refused to a task whose role may not, also while another task's pulls it", async () => {
    runtime.serveImage(IMAGE, { login, digest: DIGEST });
    const store = aStore({ loginsOfTask: roleLogins({ [TASK]: login.password }) });
    const [allowed, refused] = await Promise.allSettled([
      store.obtain(byRole(), signal()),
      store.obtain(byRole("another"), signal()),
    ]);
    expect(allowed.status).toBe("fulfilled");
    expect(refused).toMatchObject({ status: "rejected", reason: { kind: "PullFailed" } });
  });
});

describe("an image that is here already", () => {
  const others = { image: "127.0.0.1:4701/444455556666.eu-west-1/web:1", registry: FOREIGN };

  test.each([
    ["default", 2],
    ["always", 2],
    ["once", 1],
    ["prefer-cached", 0],
  ] as const)("is pulled as the behaviour says (%s)", async (pullBehavior, times) => {
    runtime.addImage(IMAGE);
    const store = aStore({ pullBehavior });
    await store.obtain(ours(), signal());
    await store.obtain(ours(), signal());
    expect(pulls).toHaveLength(times);
  });

  test("serves when its registry is away, at once, unless it must always be pulled", async () => {
    runtime.addImage(IMAGE);
    failing(Number.POSITIVE_INFINITY, "connection refused");
    expect(await aStore().obtain(ours(), signal())).not.toBeNull();
    expect(pulls).toHaveLength(1);
    const always = aStore({ pullBehavior: "always" }).obtain(ours(), signal());
    await expect(always).rejects.toMatchObject({ kind: "PullFailed" });
  });

  test.each(
    (["default", "always", "once", "prefer-cached"] as const).flatMap((pullBehavior) =>
      [others.image, others.image.replace(":1", `@${DIGEST}`)].map((image) => ({ pullBehavior, image })),
    ),
  )(
    "is not used for another account's without the registry's leave ($pullBehavior, $image)",
    async ({ pullBehavior, image }) => {
      const wanted = { ...others, image };
      runtime.addImage(image);
      runtime.serveImage(image, { login: { username: "AWS", password: "theirs" }, digest: DIGEST });
      const store = aStore({ pullBehavior });
      await expect(store.obtain(wanted, signal())).rejects.toMatchObject({ kind: "PullFailed" });
    },
  );

  test("is not had by its id, by which it could be anybody's", async () => {
    runtime.addImage(others.image);
    const id = (await runtime.inspectImage(others.image))?.id ?? "";
    const byId = { ...runtime, inspectImage: () => runtime.inspectImage(others.image) };
    const store = aStore({ runtime: byId, pullBehavior: "prefer-cached" });
    for (const image of [id, id.slice("sha256:".length), id.slice("sha256:".length, 20)]) {
      await expect(store.obtain({ image, registry: null }, signal())).rejects.toMatchObject({
        kind: "PullFailed",
      });
    }
  });
});

describe("a pull", () => {
  test("is tried again while the network fails, five times in all", async () => {
    runtime.serveImage(IMAGE, { login, digest: DIGEST });
    failing(4, "connection refused");
    expect(await aStore().obtain(ours(), signal())).not.toBeNull();
    expect(pulls).toHaveLength(5);

    failing(Number.POSITIVE_INFINITY, "unexpected EOF");
    await expect(aStore({ pullBehavior: "always" }).obtain(ours(), signal())).rejects.toThrow("EOF");
    expect(pulls).toHaveLength(10);
  });

  test("is not tried again for what will not pass", async () => {
    failing(1, "manifest unknown");
    await expect(aStore().obtain(ours(), signal())).rejects.toThrow("manifest unknown");
    expect(pulls).toHaveLength(1);
  });

  test("that the engine was away for is told as that, for it to be waited for", async () => {
    runtime.addImage(IMAGE);
    runtime.intercept("pull", "before", () => {
      throw new RuntimeError("Unavailable", "no engine");
    });
    await expect(aStore().obtain(ours(), signal())).rejects.toMatchObject({ kind: "Unavailable" });
  });

  test("of one image runs once for all that want it, and no more at a time than may", async () => {
    let running = 0;
    let most = 0;
    runtime.intercept("pull", "before", async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    const images = [1, 2, 3, 4, 5].map((tag) => `127.0.0.1:4701/web:${tag}`);
    for (const image of images) runtime.serveImage(image, { login, digest: DIGEST });
    const store = aStore();
    const wanted = [...images, ...images, ...images].map((image) => store.obtain(ours(image), signal()));
    expect((await Promise.all(wanted)).every((image) => image !== null)).toBe(true);
    expect([...pulls].sort()).toEqual(images);
    expect(most).toBe(2);
  });
});

test.each([
  [IMAGE, [`127.0.0.1:4701/other@${DIGEST}`], null],
  [IMAGE, [`127.0.0.1:4701/other@sha256:${"00".repeat(32)}`, `${IMAGE.slice(0, -2)}@${DIGEST}`], DIGEST],
  ["busybox:1", [`busybox@${DIGEST}`], DIGEST],
  ["docker.io/library/busybox:1", [`busybox@${DIGEST}`], DIGEST],
  [`web@${DIGEST}`, [`web@sha256:${"00".repeat(32)}`], DIGEST],
  ["web", [], null],
])("of %s its own repository's digest is told", (image, repoDigests, expected) => {
  expect(digestOf(image, { id: "sha256:1", repoDigests, env: [] })).toBe(expected);
});
