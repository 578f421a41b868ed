import { describe, expect, test } from "vitest";
import { isStatic } from "./busybox.ts";
import { renderConfiguration } from "./redis.ts";
import { parsePasswd } from "./server-user.ts";

describe("private servers", () => {
  test("Redis keeps its keys, appends every second and listens on loopback with a password", () => {
    const text = renderConfiguration({ port: 4711, password: "p", folder: "/a b" });
    for (const line of [
      "bind 127.0.0.1",
      "port 4711",
      "requirepass p",
      "appendfsync everysec",
      "maxmemory-policy noeviction",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text).toContain('dir "/a b"');
  });

  test("a system user is found by its whole name", () => {
    const passwd = "postgresql:x:9:9::/:\npostgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
    expect(parsePasswd(passwd, "postgres")).toEqual({ uid: 101, gid: 104 });
    expect(parsePasswd(passwd, "roadstead")).toBeNull();
  });

  test("a script is no static program", () => expect(isStatic(Buffer.from("#!/bin/sh\n"))).toBe(false));
});
