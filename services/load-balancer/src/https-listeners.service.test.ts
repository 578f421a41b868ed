/** Guarantees of listeners with HTTPS on a real HAProxy, to clients that trust the installation's authority alone. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { useDb } from "@roadstead/db/world.test-data";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aBalancer, type BalancerWorld, GROUP, SOON } from "./balancer-world.test-data.ts";
import { aHaproxy, aTarget, HAPROXY, type TestHaproxy, type TestTarget } from "./haproxy.test-data.ts";
import {
  type Authority,
  aCertificate,
  anAuthority,
  anHttpsListener,
  getSecurely,
  importAgain,
  openHttp2,
  sendSecurely,
  shakeHands,
} from "./https-listener.test-data.ts";

if (HAPROXY === null) process.stderr.write("skipped: HAProxy is not installed\n");

const at = useDb();
let haproxy: TestHaproxy;
let target: TestTarget;
let world: BalancerWorld;
let authority: Authority;

const FIRST = "aaaaaaaa-0000-4000-8000-000000000001";
const SECOND = "aaaaaaaa-0000-4000-8000-000000000002";
const place = (port: number) => ({ loopback: world.loopback, port, authority });
const reloads = () => world.reloads();
const pemFiles = async () =>
  (await readdir(join(haproxy.folder, "certificates"))).filter((name) => name.endsWith(".pem"));

describe.skipIf(HAPROXY === null)("a listener with HTTPS", () => {
  beforeEach(async () => {
    haproxy = await aHaproxy();
    target = await aTarget();
    authority = await anAuthority();
    await haproxy.start();
    world = await aBalancer(at.db, haproxy);
    await world.runs();
    await world.register(GROUP, target.port);
    await world.until(GROUP, target.port, "healthy");
  });
  afterEach(async () => {
    await haproxy.remove();
    await target.close();
  });

  const certificates = async () => [
    await aCertificate(at.db, world, { authority, id: FIRST, name: "one.example.com" }),
    await aCertificate(at.db, world, { authority, id: SECOND, name: "two.example.com" }),
  ];

  test("shows each client the certificate it asks for, the first to others, and tells targets it was HTTPS", async () => {
    const port = await anHttpsListener(at.db, world, { certificates: await certificates() });
    await reloads();
    const { status, headers } = await getSecurely(place(port), "two.example.com");
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "x-forwarded-proto": "https", "x-forwarded-port": String(port) });
    expect(await getSecurely(place(port), "one.example.com")).toMatchObject({ status: 200 });
    const other = await shakeHands(place(port), { servername: "x.test", rejectUnauthorized: false });
    expect(other).toMatchObject({ name: "one.example.com" });
    await expect(getSecurely(place(port), "three.example.com")).rejects.toThrow("altnames");
  });

  test("keeps private keys where nobody else reads them, and only while they are shown", async () => {
    const [first = "", second = ""] = await certificates();
    await anHttpsListener(at.db, world, { certificates: [first, second] });
    await reloads();
    expect(await pemFiles()).toHaveLength(2);
    for (const name of await pemFiles()) {
      const { mode } = await stat(join(haproxy.folder, "certificates", name));
      expect(mode & 0o777).toBe(0o600);
    }
    await at.db.query("UPDATE listeners SET certificates = $1 WHERE id = 'listener2'", [
      JSON.stringify([second]),
    ]);
    await reloads();
    expect(await pemFiles()).toEqual([expect.stringContaining(SECOND)]);
    await at.db.query("DELETE FROM listeners WHERE id = 'listener2'");
    await reloads();
    expect(await readdir(join(haproxy.folder, "certificates"))).toEqual([]);
  });

  test("shows a certificate that was imported again from the next pass on, without a failed request", async () => {
    const [first = ""] = await certificates();
    const port = await anHttpsListener(at.db, world, { certificates: [first] });
    await reloads();
    const http2 = openHttp2(place(port), "one.example.com");
    expect(await http2.get("/")).toBe(200);
    const slow = http2.get("/slow");
    await expect.poll(() => target.requests.includes("/slow"), SOON).toBe(true);
    await importAgain(at.db, { authority, id: FIRST, name: "new.example.com" });
    await reloads();
    target.answerSlow();
    expect(await slow).toBe(200);
    http2.close();
    expect(await getSecurely(place(port), "new.example.com")).toMatchObject({ status: 200 });
    expect(await pemFiles()).toHaveLength(1);
    expect(await world.pass()).toMatchObject({ reloaded: false, commands: 0 });
  });

  test("speaks what its security policy allows and nothing else, and HTTP/2 to those who ask for it", async () => {
    const [first = ""] = await certificates();
    const port = await anHttpsListener(at.db, world, { certificates: [first] });
    await reloads();
    const hands = { servername: "one.example.com", ALPNProtocols: ["h2", "http/1.1"] };
    expect(await shakeHands(place(port), hands)).toMatchObject({ version: "TLSv1.3", alpn: "h2" });
    await at.db.query("UPDATE listeners SET ssl_policy = 'ELBSecurityPolicy-FS-1-2-Res-2020-10'");
    await reloads();
    expect(await shakeHands(place(port), hands)).toMatchObject({ version: "TLSv1.2" });
    const weak = { ...hands, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" } as const;
    await expect(shakeHands(place(port), weak)).rejects.toThrow();
    const old = { ...hands, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
    await expect(shakeHands(place(port), old)).rejects.toThrow();
    await at.db.query("UPDATE listeners SET ssl_policy = 'ELBSecurityPolicy-2016-08'");
    await reloads();
    expect(await shakeHands(place(port), weak)).toMatchObject({ version: "TLSv1.2" });
    expect(await shakeHands(place(port), old)).toMatchObject({ version: "TLSv1.1" });
    await at.db.query(`UPDATE load_balancers SET attributes = '{"routing.http2.enabled": "false"}'`);
    await reloads();
    expect(await shakeHands(place(port), hands)).toMatchObject({ alpn: "http/1.1" });
  });

  test("that has no usable certificate keeps no other from being served, and says so", async () => {
    const [first = ""] = await certificates();
    const port = await anHttpsListener(at.db, world, { certificates: [first] });
    await at.db.query("UPDATE certificates SET sealed_key = 'x.y' WHERE id = $1", [FIRST]);
    const states = async () => {
      await world.pass();
      return at.db.query("SELECT state, state_reason FROM load_balancers");
    };
    const reason = `Port ${port} is not served: its certificate cannot be used`;
    await expect.poll(states, SOON).toEqual([{ state: "active_impaired", state_reason: reason }]);
    expect((await fetch(world.url)).status).toBe(200);
    await expect(getSecurely(place(port), "one.example.com")).rejects.toThrow();
  });

  test("handles headers as its attributes and its balancer's say", async () => {
    const port = await anHttpsListener(at.db, world, { certificates: await certificates() });
    await reloads();
    const sent = { "x-forwarded-for": "192.0.2.1", x_bad: "1", "x-good": "2" };
    const asked = async () => (await getSecurely(place(port), "one.example.com", sent)).headers;
    expect(await asked()).toMatchObject({ "x-forwarded-for": "192.0.2.1, 127.0.0.1", x_bad: "1" });
    await at.db.query("UPDATE load_balancers SET attributes = $1", [
      JSON.stringify({
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.xff_client_port.enabled": "true",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "true",
      }),
    ]);
    await at.db.query("UPDATE listeners SET attributes = $1", [
      JSON.stringify({
        "routing.http.response.strict_transport_security.header_value": "max-age=31536000; 100%",
      }),
    ]);
    await reloads();
    const headers = await asked();
    expect(headers).toMatchObject({
      "x-forwarded-for": expect.stringMatching(/^192\.0\.2\.1, 127\.0\.0\.1:\d+$/),
      "x-amzn-tls-version": "TLSv1.3",
      "x-amzn-tls-cipher-suite": expect.stringMatching(/^TLS_AES_/),
      "x-good": "2",
    });
    expect(headers).not.toHaveProperty("x_bad");
    const plain = await fetch(world.url);
    expect(plain.headers.get("strict-transport-security")).toBe("max-age=31536000; 100%");
    await at.db.query("UPDATE load_balancers SET attributes = $1", [
      JSON.stringify({ "routing.http.xff_header_processing.mode": "remove" }),
    ]);
    await reloads();
    expect(await asked()).not.toHaveProperty("x-forwarded-for");
  });

  test("fails no request on kept connections while certificates and policies are replaced", async () => {
    const [first = ""] = await certificates();
    const port = await anHttpsListener(at.db, world, { certificates: [first] });
    await reloads();
    const traffic = sendSecurely(place(port), "one.example.com");
    for (const policy of ["TLS13-1-2-Res-2021-06", "TLS13-1-3-2021-06", "TLS13-1-0-2021-06"]) {
      await at.db.query("UPDATE listeners SET ssl_policy = $1 WHERE id = 'listener2'", [
        `ELBSecurityPolicy-${policy}`,
      ]);
      await importAgain(at.db, { authority, id: FIRST, name: "one.example.com" });
      await reloads();
    }
    const asked = traffic.statuses.length;
    await expect.poll(() => traffic.statuses.length, SOON).toBeGreaterThan(asked + 20);
    await traffic.stop();
    expect(traffic.statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test("is what plain HTTP is redirected to", async () => {
    const port = await anHttpsListener(at.db, world, { certificates: await certificates() });
    const redirect = {
      type: "redirect",
      protocol: "HTTPS",
      host: "#{host}",
      port: String(port),
      path: "/#{path}",
      query: "#{query}",
      statusCode: 301,
    };
    await at.db.query("UPDATE listeners SET default_actions = $1 WHERE id = 'listener1'", [
      JSON.stringify([redirect]),
    ]);
    await reloads();
    const answer = await fetch(`${world.url}/a/b?c=d`, { redirect: "manual" });
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe(`https://${world.loopback}:${port}/a/b?c=d`);
  });
});
