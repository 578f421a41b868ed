import { describe, expect, test } from "vitest";
import {
  listenerAttributes,
  loadBalancerAttributes,
  renderAttributes,
  targetGroupAttributes,
  withAttributes,
  withTargetGroupAttributes,
} from "./attributes.ts";

describe.each([
  ["load balancers", loadBalancerAttributes],
  ["target groups", targetGroupAttributes],
  ["listeners", listenerAttributes],
])("attributes of %s", (_, rules) => {
  test("are all shown, and may be set to what is shown", () => {
    const shown = renderAttributes(rules, {});
    expect(shown).toHaveLength(Object.keys(rules).length);
    expect(renderAttributes(rules, withAttributes(rules, {}, shown))).toEqual(shown);
  });

  test("are refused when AWS has none of that name", () => {
    for (const Key of ["colour", "constructor"]) {
      expect(() => withAttributes(rules, {}, [{ Key, Value: "1" }])).toThrow(
        expect.objectContaining({ code: "ValidationError" }),
      );
    }
  });
});

test.each([
  ["0", true],
  ["3600", true],
  ["3601", false],
  ["-1", false],
  ["01", false],
  ["1.5", false],
  ["", false],
])("a deregistration delay of %j is taken: %s", (Value, taken) => {
  const set = () =>
    withAttributes(targetGroupAttributes, {}, [{ Key: "deregistration_delay.timeout_seconds", Value }]);
  if (taken) expect(set()).toEqual({ "deregistration_delay.timeout_seconds": Value });
  else expect(set).toThrow(expect.objectContaining({ code: "ValidationError" }));
});

test("an attribute that would do nothing cannot be changed", () => {
  const change = [{ Key: "access_logs.s3.enabled", Value: "true" }];
  expect(() => withAttributes(loadBalancerAttributes, {}, change)).toThrow(
    expect.objectContaining({ code: "UnsupportedOperation" }),
  );
});

test("what was set before stays, and a key is given once", () => {
  const idle = (Value: string) => ({ Key: "idle_timeout.timeout_seconds", Value });
  const set = withAttributes(loadBalancerAttributes, { "deletion_protection.enabled": "true" }, [idle("5")]);
  expect(set).toEqual({ "deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "5" });
  expect(() => withAttributes(loadBalancerAttributes, {}, [idle("5"), idle("6")])).toThrow(
    expect.objectContaining({ code: "ValidationError" }),
  );
});

test.each([
  ["29", false],
  ["30", true],
  ["900", true],
  ["901", false],
  ["0", true],
])("a slow start of %s seconds is taken: %s", (Value, taken) => {
  const set = () => withTargetGroupAttributes({}, [{ Key: "slow_start.duration_seconds", Value }]);
  if (taken) expect(set()).toEqual({ "slow_start.duration_seconds": Value });
  else expect(set).toThrow(expect.objectContaining({ code: "ValidationError" }));
});

test("a slow start goes with round robin only, whichever is set first", () => {
  const slow = { Key: "slow_start.duration_seconds", Value: "30" };
  const least = { Key: "load_balancing.algorithm.type", Value: "least_outstanding_requests" };
  const refused = expect.objectContaining({ code: "InvalidConfigurationRequest" });
  expect(() => withTargetGroupAttributes({ [slow.Key]: slow.Value }, [least])).toThrow(refused);
  expect(() => withTargetGroupAttributes({ [least.Key]: least.Value }, [slow])).toThrow(refused);
});
