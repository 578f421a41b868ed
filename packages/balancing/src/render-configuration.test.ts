import type { BalancerAction, BalancerCondition } from "@roadstead/model/balancer-rule";
import { findSslPolicy } from "@roadstead/model/ssl-policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSlots } from "./assign-slots.ts";
import { aGroup, aListener, aTarget, forwardTo, INSTALLATION } from "./balancing.test-data.ts";
import { renderConfiguration, structureOf } from "./render-configuration.ts";
import type { BalancerSnapshot } from "./snapshot.ts";

const render = (snapshot: BalancerSnapshot) =>
  renderConfiguration(
    snapshot,
    snapshot.groups.map((group) => assignSlots(group, [])),
    INSTALLATION,
  );

const linesOf = (text: string, start: string) =>
  text.split("\n").filter((line) => line.trim().startsWith(start));

test("a listener is bound at each of its addresses and sends to its group's targets", () => {
  const text = render({
    listeners: [aListener({ addresses: ["198.18.64.1", "127.64.0.1"] })],
    groups: [aGroup({ targets: [aTarget(9001), aTarget(9002, { health: null })] })],
  });
  expect(linesOf(text, "bind 1")).toEqual(["  bind 198.18.64.1:8080", "  bind 127.64.0.1:8080"]);
  expect(linesOf(text, "use_backend")).toEqual(["  use_backend tg_bbbb"]);
  expect(linesOf(text, "server s").slice(0, 3)).toEqual([
    "  server s1 10.0.0.1:9001 check",
    "  server s2 10.0.0.1:9002 check disabled",
    "  server s3 127.0.0.1:1 check disabled",
  ]);
});

test("only those whom its groups let in reach a balancer's own address, and targets see that address", () => {
  const ingress = { address: "198.18.64.1", sources: ["10.0.0.0/8"], file: "/run/x/sources/aaaa" };
  const snapshot = {
    listeners: [aListener({ addresses: ["198.18.64.1", "127.64.0.1"], ingress })],
    groups: [aGroup({ sourceAddress: "198.18.64.1" })],
  };
  const text = render(snapshot);
  expect(linesOf(text, "tcp-request")).toEqual([
    '  tcp-request connection reject if { dst 198.18.64.1 } !{ src -f "/run/x/sources/aaaa" }',
  ]);
  expect(linesOf(text, "source")).toEqual(["  source 198.18.64.1"]);
});

test("rules see headers as clients sent them, and what few requests need costs the others one line", () => {
  const rule = {
    priority: 1,
    conditions: [{ field: "http-header" as const, name: "X-Forwarded-For", values: ["192.0.2.1"] }],
    actions: [forwardTo("bbbb")],
  };
  const text = render({ listeners: [aListener({ rules: [rule] })], groups: [aGroup()] });
  const at = (start: string) =>
    text.split("\n").findIndex((line) => line.startsWith(`  http-request ${start}`));
  expect(at("set-var(txn.rule)")).toBeLessThan(at("set-header X-Forwarded-Proto"));
  expect(at("allow if")).toBeGreaterThan(at("add-header X-Amzn-Trace-Id"));
  expect(at("allow if")).toBeLessThan(at("set-header X-Forwarded-For"));
  expect(linesOf(text, "option forwardfor")).toEqual(["  option forwardfor if-none"]);
});

test("a listener with HTTPS shows what is listed and speaks what its policy says", () => {
  const policy = findSslPolicy("ELBSecurityPolicy-TLS13-1-3-2021-06");
  if (policy === undefined) throw new Error("no policy");
  const tls = { certificateList: "/run/x/a b.list", policy, http2: true };
  const text = render({ listeners: [aListener({ tls })], groups: [] });
  expect(linesOf(text, "bind")).toEqual([
    '  bind 127.64.0.1:8080 ssl crt-list "/run/x/a\\x20b\\x2elist" alpn h2,http/1.1 ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.3 ' +
      "ciphersuites 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'",
  ]);
  expect(linesOf(text, "http-request set-header X-Forwarded-Proto")).toEqual([
    "  http-request set-header X-Forwarded-Proto https",
  ]);
});

test("rules are tried by priority, whatever their order, and the default comes last", () => {
  const rule = (priority: number, path: string) => ({
    priority,
    conditions: [{ field: "path-pattern" as const, values: [path] }],
    actions: [forwardTo("bbbb")],
  });
  const text = render({
    listeners: [aListener({ rules: [rule(20, "/b"), rule(3, "/a*")] })],
    groups: [aGroup()],
  });
  expect(linesOf(text, "acl")).toEqual(["  acl r1c0 path -m reg '^/a.*$'", "  acl r2c0 path -m reg '^/b$'"]);
  expect(linesOf(text, "use_backend").at(-1)).toBe("  use_backend tg_bbbb if !{ var(txn.rule) -m found }");
});

test("a change of targets alone is no change of structure; one of a rule is", () => {
  const with_ = (ports: readonly number[], path: string) => {
    const snapshot = {
      listeners: [
        aListener({
          rules: [
            {
              priority: 1,
              conditions: [{ field: "path-pattern", values: [path] }],
              actions: [forwardTo("bbbb")],
            },
          ],
        }),
      ],
      groups: [aGroup({ targets: ports.map((port) => aTarget(port)) })],
    } satisfies BalancerSnapshot;
    return structureOf(
      snapshot,
      snapshot.groups.map((group) => assignSlots(group, [])),
      INSTALLATION,
    );
  };
  expect(with_([1, 2], "/a")).toBe(with_([3], "/a"));
  expect(with_([1, 2], "/a")).not.toBe(with_([1, 2], "/b"));
});

test("a forward shares by weight, and a group without weight gets nothing", () => {
  const action: BalancerAction = {
    type: "forward",
    targetGroups: [
      { targetGroupId: "bbbb", weight: 3 },
      { targetGroupId: "cccc", weight: 0 },
      { targetGroupId: "dddd", weight: 1 },
    ],
    stickinessSeconds: null,
  };
  const groups = ["bbbb", "cccc", "dddd"].map((id) => aGroup({ id }));
  const text = render({ listeners: [aListener({ defaultActions: [action] })], groups });
  expect(linesOf(text, "http-request set-var(txn.share)")).toEqual([
    "  http-request set-var(txn.share) rand(4)",
  ]);
  expect(text).toContain("str(bbbb) if !{ var(txn.group) -m found } { var(txn.share) -m int lt 3 }");
  expect(text).toContain("str(dddd) if !{ var(txn.group) -m found } { var(txn.share) -m int lt 4 }");
  expect(text).not.toContain("use_backend tg_cccc");
});

test("a worker that a reload left behind passes what it still gets to the newest one, by the group", () => {
  const text = render({ listeners: [], groups: [aGroup({ stickinessSeconds: 60 })] });
  expect(linesOf(text, "use-server")).toEqual(["  use-server relay if { stopping }"]);
  expect(linesOf(text, "ignore-persist")).toEqual(["  ignore-persist if { stopping }"]);
  const address = '"abns\\x40/run/x/bbbb"';
  expect(linesOf(text, "server relay")).toEqual([`  server relay ${address} weight 0`]);
  expect(text).toContain(`frontend relay_bbbb\n  bind ${address}\n`);
});

describe("what users say", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(
      "'\n  bind *:99\n",
      '" if TRUE\nbackend x\n',
      "\\",
      "%[env(HOME)]",
      "$" + "{HOME}",
      "#{host}'\r\nx",
      "\0a",
      "a b # c",
      "a;b",
      "{ always_true }",
    ),
  );
  const condition: fc.Arbitrary<BalancerCondition> = fc.oneof(
    fc.record({
      field: fc.constant("path-pattern" as const),
      values: fc.array(hostile, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      field: fc.constant("host-header" as const),
      values: fc.array(hostile, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      field: fc.constant("http-header" as const),
      name: hostile,
      values: fc.array(hostile, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      field: fc.constant("query-string" as const),
      values: fc.array(fc.record({ key: fc.option(hostile), value: hostile }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
    fc.record({
      field: fc.constant("http-request-method" as const),
      values: fc.array(hostile, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      field: fc.constant("source-ip" as const),
      values: fc.array(hostile, { minLength: 1, maxLength: 3 }),
    }),
  );
  const action: fc.Arbitrary<BalancerAction> = fc.oneof(
    fc.record({
      type: fc.constant("redirect" as const),
      protocol: hostile,
      host: hostile,
      port: hostile,
      path: hostile,
      query: hostile,
      statusCode: fc.constantFrom(301 as const, 302 as const),
    }),
    fc.record({
      type: fc.constant("fixed-response" as const),
      statusCode: fc.integer({ min: -1, max: 1_000 }),
      contentType: fc.option(hostile),
      messageBody: hostile,
    }),
  );

  test("is never more than a word: the configuration keeps its lines, and every quote is closed", () => {
    fc.assert(
      fc.property(condition, action, hostile, hostile, (asked, done, path, matcher) => {
        const headers = {
          ...aListener().headers,
          ofAnswers: [
            { name: path, value: matcher },
            { name: "X-A", value: path },
          ],
        };
        const text = render({
          listeners: [aListener({ headers, rules: [{ priority: 1, conditions: [asked], actions: [done] }] })],
          groups: [aGroup({ healthCheck: { ...aGroup().healthCheck, path, matcher, port: matcher } })],
        });
        const known =
          /^( {2}(description|stats|server-state-file|crt-base|hard-stop-after|max-spread-checks|fd-hard-limit|tune|mode|option|retries|timeout|load-server|http-error|bind (127\.64\.0\.1:8080|"abns\\x40\/run\/x\/bbbb")$|use-server relay if|default_backend tg_|acl|http-request|http-response|http-after-response|use_backend|balance|http-check|errorfile|default-server|server) ?|global$|defaults$|frontend |backend |#|$)/;
        for (const line of text.split("\n")) {
          expect(line).toMatch(known);
          expect(line).toMatch(/^[\x20-\x7e]*$/);
          expect(outsideQuotes(line)).not.toMatch(/["'\\$#]/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** What the parser reads as words of ours: quoted parts taken out, as it would take them. */
const outsideQuotes = (line: string): string =>
  line.startsWith("#") ? "" : line.replace(/'[^']*'/g, "").replace(/"(\\x[0-9a-f]{2}|[A-Za-z0-9_/-])*"/g, "");
