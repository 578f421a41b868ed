import { describe, expect, test } from "vitest";
import { DEFAULT_HEALTH_CHECK, readHealthCheck } from "./health-check.ts";

describe("a health check", () => {
  test("keeps what it was where nothing is said", () => {
    const present = { ...DEFAULT_HEALTH_CHECK, path: "/up", matcher: "200-299" };
    expect(readHealthCheck({}, present)).toEqual(present);
    expect(readHealthCheck({ HealthCheckIntervalSeconds: 10 }, present)).toEqual({
      ...present,
      intervalSeconds: 10,
    });
  });

  test.each(["200", "200,302", "200-299", "200-299,404", "499"])("takes the codes %s", (HttpCode) => {
    expect(readHealthCheck({ Matcher: { HttpCode } }, DEFAULT_HEALTH_CHECK).matcher).toBe(HttpCode);
  });

  test.each(["", "199", "500", "299-200", "200-", "2xx", "200,", "200-210-220"])(
    "refuses the codes %j",
    (HttpCode) => {
      expect(() => readHealthCheck({ Matcher: { HttpCode } }, DEFAULT_HEALTH_CHECK)).toThrow(
        expect.objectContaining({ code: "ValidationError" }),
      );
    },
  );

  test.each([
    { HealthCheckPath: "up" },
    { HealthCheckPath: "/a b" },
    { HealthCheckPort: "0" },
    { HealthCheckPort: "traffic" },
    { HealthCheckPort: "65536" },
    { HealthCheckProtocol: "TCP" },
    { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 5 },
    { Matcher: { GrpcCode: "12" } },
  ] as const)("refuses %j", (given) => {
    expect(() => readHealthCheck(given, DEFAULT_HEALTH_CHECK)).toThrow(
      expect.objectContaining({ code: "ValidationError" }),
    );
  });

  test("cannot be switched off", () => {
    expect(() => readHealthCheck({ HealthCheckEnabled: false }, DEFAULT_HEALTH_CHECK)).toThrow(
      expect.objectContaining({ code: "InvalidConfigurationRequest" }),
    );
  });
});
