import { describe, expect, test } from "vitest";
import { dataDirectory, resolveSettings, SettingsError } from "./settings.ts";

describe("dataDirectory", () => {
  test("root keeps its data in /var/lib, others under their home", () => {
    expect(dataDirectory({ HOME: "/users/root" }, 0)).toBe("/var/lib/roadstead");
    expect(dataDirectory({ HOME: "/users/ada" }, 1000)).toBe("/users/ada/.local/share/roadstead");
    expect(dataDirectory({ HOME: "/users/ada", XDG_DATA_HOME: "/data" }, 1000)).toBe("/data/roadstead");
    expect(dataDirectory({ ROADSTEAD_DATA: "/srv/r" }, 0)).toBe("/srv/r");
  });

  test("a user without a home is told how to name a folder", () =>
    expect(() => dataDirectory({}, 1000)).toThrow(SettingsError));
});

describe("resolveSettings", () => {
  test("public addresses follow the ports", () =>
    expect(resolveSettings({ ROADSTEAD_API_PORT: "5700" }, "/d")).toMatchObject({
      apiUrl: "http://127.0.0.1:5700",
      gatewayUrl: "http://127.0.0.1:4702",
    }));

  test("what was remembered holds until the environment says otherwise", () => {
    const before = resolveSettings({ ROADSTEAD_API_PORT: "5700", ROADSTEAD_REGIONS: "eu-west-1" }, "/d");
    expect(resolveSettings({}, "/d", before)).toEqual(before);
    const after = resolveSettings({ ROADSTEAD_API_PORT: "5800" }, "/d", before);
    expect(after).toMatchObject({ apiPort: 5800, apiUrl: "http://127.0.0.1:5800", regions: ["eu-west-1"] });
  });

  test("a stack that listens everywhere is reached over loopback", () =>
    expect(resolveSettings({ ROADSTEAD_LISTEN_HOST: "0.0.0.0" }, "/d").apiUrl).toBe("http://127.0.0.1:4700"));

  test.each([
    { ROADSTEAD_API_PORT: "http" },
    { ROADSTEAD_API_PORT: "0" },
    { ROADSTEAD_GATEWAY_PORT: "70000" },
    { ROADSTEAD_REGIONS: "us-east-1,mars" },
    { ROADSTEAD_AUTH: "none" },
    { ROADSTEAD_LOG_LEVEL: "loud" },
  ])("refuses %o", (env) => expect(() => resolveSettings(env, "/d")).toThrow(SettingsError));

  test("hands agents and services their own finer settings and nothing else", () =>
    expect(
      resolveSettings(
        { ROADSTEAD_AGENT_CPU: "512", ROADSTEAD_GATEWAY_SILENCE_MS: "9", ROADSTEAD_DATA: "/x", OTHER: "x" },
        "/d",
      ),
    ).toMatchObject({
      agentEnv: { ROADSTEAD_AGENT_CPU: "512" },
      serviceEnv: { ROADSTEAD_GATEWAY_SILENCE_MS: "9" },
    }));

  test("opens no port for other machines unless asked, remembers the address, and closes on `off`", () => {
    expect(resolveSettings({}, "/d").tlsListenHost).toBeNull();
    const open = resolveSettings(
      { ROADSTEAD_TLS_LISTEN_HOST: "192.0.2.10", ROADSTEAD_TLS_NAMES: "a.test, b.test" },
      "/d",
    );
    expect(resolveSettings({}, "/d", open)).toMatchObject({
      tlsListenHost: "192.0.2.10",
      tlsNames: ["a.test", "b.test"],
      tlsApiPort: 4750,
    });
    expect(resolveSettings({ ROADSTEAD_TLS_LISTEN_HOST: "off" }, "/d", open).tlsListenHost).toBeNull();
    expect(() => resolveSettings({ ROADSTEAD_TLS_LISTEN_HOST: "host.test" }, "/d")).toThrow(SettingsError);
  });
});
