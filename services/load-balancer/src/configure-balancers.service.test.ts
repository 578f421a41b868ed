/** Guarantees of the load balancer on a real HAProxy and a real PostgreSQL. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { useDb } from "@roadstead/db/world.test-data";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  aBalancer,
  forwardTo,
  GROUP,
  get,
  OTHER_GROUP,
  SOON,
  sendTraffic,
} from "./balancer-world.test-data.ts";
import { aHaproxy, aTarget, HAPROXY, type TestHaproxy, type TestTarget } from "./haproxy.test-data.ts";

if (HAPROXY === null) process.stderr.write("skipped: HAProxy is not installed\n");

const at = useDb();
let haproxy: TestHaproxy;
let targets: readonly TestTarget[];

const ports = () => targets.map(({ port }) => port) as [number, number, number];

/** One that sends to a first healthy target. */
async function aServingBalancer() {
  const world = await aBalancer(at.db, haproxy);
  await world.runs();
  const [first] = ports();
  await world.register(GROUP, first);
  await world.until(GROUP, first, "healthy");
  return { world, first };
}

/** On a connection of its own, and with headers that `fetch` would not send or take. */
async function ask(url: string, headers: Readonly<Record<string, string>> = {}) {
  const asking = request(url, { headers, agent: false, maxHeaderSize: 100_000 }).end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

describe.skipIf(HAPROXY === null)("a load balancer", () => {
  beforeEach(async () => {
    haproxy = await aHaproxy();
    targets = await Promise.all([aTarget(), aTarget(), aTarget()]);
    await haproxy.start();
  });
  afterEach(async () => {
    await haproxy.remove();
    await Promise.all(targets.map((target) => target.close()));
  });

  test("answers 503 without targets, then sends to each healthy one, and tells them what ALB tells", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    expect(await get(world.url)).toMatchObject({ status: 503 });
    const [first, second] = ports();
    await world.register(GROUP, first, second);
    await world.until(GROUP, first, "healthy");
    await world.until(GROUP, second, "healthy");
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(world.url)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(answers.map(({ port }) => port))).toEqual(new Set([first, second]));
    const { headers } = (await (await fetch(world.url)).json()) as { headers: Record<string, string> };
    expect(headers).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-port": new URL(world.url).port,
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
    expect(await at.db.query("SELECT state, state_reason FROM load_balancers")).toEqual([
      { state: "active", state_reason: null },
    ]);
  });

  test("keeps what a request brings of traces and clients, and adds its own part", async () => {
    const { world } = await aServingBalancer();
    const seen = async (headers: Record<string, string>) =>
      ((await (await fetch(world.url, { headers })).json()) as { headers: Record<string, string> }).headers;
    const root = "Root=1-67891233-abcdef012345678912345678";
    const traced = async (trace: string) => (await seen({ "x-amzn-trace-id": trace }))["x-amzn-trace-id"];
    const own = (field: string, rest: string) =>
      expect.stringMatching(new RegExp(`^${field}=1-[0-9a-f]{8}-[0-9a-f]{24};${rest}$`));
    expect(await traced(root)).toEqual(own("Self", root));
    expect(await traced(`${root};CalledFrom=app`)).toEqual(own("Self", `${root};CalledFrom=app`));
    expect(await traced(`Self=1-1-1;${root}`)).toEqual(own("Self", root));
    expect(await traced(`${root};Self=1-1-1;CalledFrom=app`)).toEqual(own("Self", `${root};CalledFrom=app`));
    expect(await traced("CalledFrom=app")).toEqual(own("Root", "CalledFrom=app"));
    expect(await seen({ "x-forwarded-for": "192.0.2.1, 192.0.2.2" })).toMatchObject({
      "x-forwarded-for": "192.0.2.1, 192.0.2.2, 127.0.0.1",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
    const made = await Promise.all(
      Array.from({ length: 500 }, async () => (await seen({}))["x-amzn-trace-id"]),
    );
    expect(new Set(made).size).toBe(500);
  });

  test("takes targets in and out without a reload and without a failed request", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const [first, second] = ports();
    await world.register(GROUP, first);
    await world.until(GROUP, first, "healthy");
    const traffic = sendTraffic(world.url);
    await world.register(GROUP, second);
    await world.until(GROUP, second, "healthy");
    const slow = get(`${world.url}/slow`);
    await expect.poll(() => targets.some(({ requests }) => requests.includes("/slow")), SOON).toBe(true);
    await world.deregister(GROUP, first);
    expect(await world.pass()).toMatchObject({ reloaded: false });
    const seen = targets[0]?.requests.length ?? 0;
    for (const target of targets) target.answerSlow();
    await expect
      .poll(async () => {
        await world.pass();
        return at.db.query("SELECT port FROM targets");
      }, SOON)
      .toEqual([{ port: second }]);
    await traffic.stop();
    expect(await slow).toMatchObject({ status: 200 });
    expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
    // Those that were on their way at the moment of the drain, one for each connection.
    expect((targets[0]?.requests.length ?? 0) - seen).toBeLessThanOrEqual(4);
  });

  test("keeps a draining target's slow request until it is answered, and forgets the target only then", async () => {
    const { world, first } = await aServingBalancer();
    const slow = get(`${world.url}/slow`);
    await expect.poll(() => targets[0]?.requests.includes("/slow"), SOON).toBe(true);
    await world.deregister(GROUP, first);
    await world.pass();
    await world.pass();
    expect(await world.healthOf(GROUP, first)).toMatchObject({
      state: "draining",
      reason: "Target.DeregistrationInProgress",
    });
    expect(await get(world.url)).toMatchObject({ status: 503 });
    targets[0]?.answerSlow();
    expect(await slow).toMatchObject({ status: 200, port: first });
    await expect
      .poll(async () => {
        await world.pass();
        return at.db.query("SELECT 1 FROM targets");
      }, SOON)
      .toEqual([]);
  });

  test("leaves an ill target out with AWS's reason, sends to all when all are ill, and takes it back", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const [first, second] = ports();
    await world.register(GROUP, first, second);
    await world.until(GROUP, first, "healthy");
    await world.until(GROUP, second, "healthy");
    Object.assign(targets[0] as TestTarget, { status: 500 });
    await world.until(GROUP, first, "unhealthy");
    expect(await world.healthOf(GROUP, first)).toMatchObject({ reason: "Target.ResponseCodeMismatch" });
    expect((await get(world.url)).port).toBe(second);
    expect((await get(world.url)).port).toBe(second);
    Object.assign(targets[1] as TestTarget, { status: 500 });
    await world.until(GROUP, second, "unhealthy");
    const answers = [await get(world.url), await get(world.url)];
    expect(answers.map(({ port }) => port).sort()).toEqual([first, second].sort());
    Object.assign(targets[0] as TestTarget, { status: 200 });
    await world.until(GROUP, first, "healthy");
  });

  test("gives targets that were registered long before their group came into use the time for a first check", async () => {
    const world = await aBalancer(at.db, haproxy);
    const [first] = ports();
    await world.register(GROUP, first);
    await at.db.query("UPDATE targets SET registered_at = now() - interval '1 hour'");
    Object.assign(targets[0] as TestTarget, { status: 500 });
    await world.runs();
    const seen: (string | undefined)[] = [];
    await expect
      .poll(
        async () => {
          await world.pass();
          const health = await world.healthOf(GROUP, first);
          seen.push(health?.state);
          return health?.reason;
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBe("Target.ResponseCodeMismatch");
    expect(seen[0]).toBe("initial");
    Object.assign(targets[0] as TestTarget, { status: 200 });
    await world.until(GROUP, first, "healthy");
  });

  test("obeys a new rule after a reload that fails no request and forgets no target's illness", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const [first, second, third] = ports();
    await world.register(GROUP, first, second);
    await world.register(OTHER_GROUP, third);
    for (const port of [first, second]) await world.until(GROUP, port, "healthy");
    await world.until(OTHER_GROUP, third, "healthy");
    Object.assign(targets[1] as TestTarget, { status: 500 });
    await world.until(GROUP, second, "unhealthy");
    const traffic = sendTraffic(world.url);
    const host = [{ field: "path-pattern", values: ["/other/*"] }] as const;
    await world.addRule(10, host, forwardTo(OTHER_GROUP));
    await world.reloads();
    expect(await get(`${world.url}/other/x`)).toMatchObject({ status: 200, port: third });
    expect(await world.pass()).toMatchObject({ reloaded: false, commands: 0 });
    await traffic.stop();
    expect(traffic.answers.filter(({ status, port }) => status !== 200 || port !== first)).toEqual([]);
  });

  test("answers on a connection that waited through a reload, from the targets of now, which are drained meanwhile", async () => {
    const world = await aBalancer(at.db, haproxy);
    await at.db.query(`UPDATE target_groups SET attributes = attributes || '{"stickiness.enabled": "true"}'`);
    await world.runs();
    const [first, second] = ports();
    await world.register(GROUP, first);
    await world.until(GROUP, first, "healthy");
    const before = await fetch(world.url);
    expect(await before.json()).toMatchObject({ port: first });
    await world.addRule(10, [{ field: "path-pattern", values: ["/other/*"] }], forwardTo(OTHER_GROUP));
    await world.reloads();
    await world.register(GROUP, second);
    await world.until(GROUP, second, "healthy");
    await world.deregister(GROUP, first);
    const left = async () => {
      await world.pass();
      return at.db.query("SELECT port FROM targets");
    };
    await expect.poll(left, SOON).toEqual([{ port: second }]);
    await targets[0]?.close();
    const cookie = before.headers.getSetCookie().map((line) => line.split(";")[0]);
    const after = await fetch(world.url, { headers: { cookie: cookie.join("; ") } });
    expect(after.status).toBe(200);
    expect(await after.json()).toMatchObject({ port: second, headers: { "x-forwarded-for": "127.0.0.1" } });
  });

  test("checks a new target although others change the configuration more often than it is checked", async () => {
    const world = await aBalancer(at.db, haproxy);
    await at.db.query(`UPDATE target_groups SET health_check = health_check || '{"intervalSeconds": 300}'`);
    await world.runs();
    const [first] = ports();
    Object.assign(targets[0] as TestTarget, { status: 500 });
    await world.register(GROUP, first);
    let priority = 0;
    const reloads = async () => {
      priority += 1;
      await world.addRule(priority, [{ field: "path-pattern", values: [`/${priority}`] }], forwardTo(GROUP));
      await world.reloads();
      return (await world.healthOf(GROUP, first))?.state;
    };
    for (let n = 0; n < 3; n += 1) expect(await reloads()).toBe("initial");
    expect(await get(world.url)).toMatchObject({ status: 503 });
    Object.assign(targets[0] as TestTarget, { status: 200 });
    await expect.poll(reloads, { ...SOON, interval: 700 }).toBe("healthy");
    expect(await get(world.url)).toMatchObject({ status: 200 });
  });

  test("is back with its last configuration after a crash, and a new pass over it has nothing to do", async () => {
    const { world } = await aServingBalancer();
    await world.pass();
    await haproxy.kill();
    expect(await world.pass()).toMatchObject({ running: false });
    await haproxy.start();
    await expect.poll(async () => (await get(world.url)).status, SOON).toBe(200);
    await world.runs();
    expect(await world.pass()).toEqual({ running: true, reloaded: false, commands: 0 });
  });

  test("takes whatever users say as what they said: HAProxy accepts it, obeys it and repeats it exactly", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const messageBody = "a'\"b\\ %[src] $" + "{HOME} # é\n  bind :99\n";
    const values = ["/it's*", "/x'\n  bind :99 \\"];
    const hostile = {
      type: "fixed-response",
      statusCode: 418,
      contentType: "text/plain",
      messageBody,
    } as const;
    await world.addRule(1, [{ field: "path-pattern", values }], hostile);
    await world.reloads();
    const response = await fetch(`${world.url}/it's-here`);
    expect([response.status, await response.text()]).toEqual([418, messageBody]);
    expect(await get(world.url)).toMatchObject({ status: 503 });
  });

  test("finds a header by whatever name it has, and a port in a host where one is asked for", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const names = [..."!#$%&'*+.^_`|~-"].map((mark) => `X${mark}A`);
    const say = (messageBody: string) =>
      ({ type: "fixed-response", statusCode: 200, contentType: "text/plain", messageBody }) as const;
    for (const [index, name] of names.entries()) {
      await world.addRule(index + 1, [{ field: "http-header", name, values: ["v?l*"] }], say(name));
    }
    await world.addRule(90, [{ field: "host-header", values: ["*.test:80"] }], say("port"));
    await world.reloads();
    for (const name of names) {
      expect((await ask(world.url, { [name.toLowerCase()]: "Value" })).text).toBe(name);
    }
    expect((await ask(world.url, { host: "a.test:80" })).text).toBe("port");
    expect((await ask(world.url, { host: "a.test" })).status).toBe(503);
  });

  test("takes headers as large as ALB does, both ways", async () => {
    const { world } = await aServingBalancer();
    const large = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "a".repeat(15_900)]));
    expect((await ask(world.url, large(4))).status).toBe(200);
    expect((await ask(`${world.url}/large-answer`)).headers["x-large"]).toHaveLength(31_000);
    expect((await ask(world.url, large(5))).status).toBe(400);
  });

  test("says in its own answers what it is, unless the listener's attributes forbid it, and leaves targets' word", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const redirect = {
      type: "redirect",
      protocol: "HTTPS",
      host: "#{host}",
      port: "443",
      path: "/#{path}",
      query: "#{query}",
      statusCode: 301,
    } as const;
    await world.addRule(1, [{ field: "path-pattern", values: ["/r*"] }], redirect);
    await world.reloads();
    const headersOf = async (path: string) => {
      const { server, date, location } = (await ask(`${world.url}${path}`)).headers;
      return [server, date, location];
    };
    const date = expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/);
    const location = `https://${world.loopback}:443/r?a=%20b`;
    expect(await headersOf("/")).toEqual(["awselb/2.0", date, undefined]);
    expect(await headersOf("/r?a=%20b")).toEqual(["awselb/2.0", date, location]);
    await at.db.query(`UPDATE listeners SET attributes = '{"routing.http.response.server.enabled":"false"}'`);
    await world.reloads();
    expect(await headersOf("/")).toEqual([undefined, date, undefined]);
  });

  test("gives a request that one target refused to another", async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    const [gone, ...others] = ports();
    await world.register(GROUP, gone, ...others);
    for (const port of [gone, ...others]) await world.until(GROUP, port, "healthy");
    await targets[0]?.close();
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(world.url)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(answers.map(({ port }) => port))).toEqual(new Set(others));
  });

  test("answers 502 for a target that refuses connections, as AWS does", async () => {
    const { world } = await aServingBalancer();
    await targets[0]?.close();
    expect(await get(world.url)).toMatchObject({ status: 502 });
  });
});
