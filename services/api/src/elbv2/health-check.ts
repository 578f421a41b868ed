/** Reads how a group's targets are checked, on top of the check that there is; CreateTargetGroup and ModifyTargetGroup call it. */
import type { CreateTargetGroupInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { HealthCheck } from "@roadstead/model/target-group";
import { elbErrors } from "./errors.ts";

export const DEFAULT_HEALTH_CHECK: HealthCheck = {
  protocol: "HTTP",
  port: "traffic-port",
  path: "/",
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  matcher: "200",
};

type Given = Pick<
  CreateTargetGroupInput,
  | "HealthCheckProtocol"
  | "HealthCheckPort"
  | "HealthCheckEnabled"
  | "HealthCheckPath"
  | "HealthCheckIntervalSeconds"
  | "HealthCheckTimeoutSeconds"
  | "HealthyThresholdCount"
  | "UnhealthyThresholdCount"
  | "Matcher"
>;

export function readHealthCheck(given: Given, present: HealthCheck): HealthCheck {
  if (given.HealthCheckEnabled === false) {
    throw elbErrors.invalidConfiguration(
      "Health check enabled must be true for target groups with target type 'instance' or 'ip'",
    );
  }
  const check: HealthCheck = {
    protocol: readProtocol(given.HealthCheckProtocol) ?? present.protocol,
    port: given.HealthCheckPort ?? present.port,
    path: given.HealthCheckPath ?? present.path,
    intervalSeconds: given.HealthCheckIntervalSeconds ?? present.intervalSeconds,
    timeoutSeconds: given.HealthCheckTimeoutSeconds ?? present.timeoutSeconds,
    healthyThreshold: given.HealthyThresholdCount ?? present.healthyThreshold,
    unhealthyThreshold: given.UnhealthyThresholdCount ?? present.unhealthyThreshold,
    matcher: readMatcher(given.Matcher) ?? present.matcher,
  };
  checkTogether(check);
  return check;
}

function readProtocol(protocol: Given["HealthCheckProtocol"]): HealthCheck["protocol"] | undefined {
  if (protocol === undefined || protocol === "HTTP" || protocol === "HTTPS") return protocol;
  throw elbErrors.validation(`Health check protocol '${protocol}' must be one of 'HTTPS, HTTP'`);
}

function checkTogether({ port, path, intervalSeconds, timeoutSeconds }: HealthCheck): void {
  if (port !== "traffic-port" && (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65_535)) {
    throw elbErrors.validation(
      `Health check port '${port}' must be 'traffic-port' or an integer between '1' and '65535'`,
    );
  }
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    throw elbErrors.validation(
      `Health check path '${path}' must begin with '/' and be printable without spaces`,
    );
  }
  if (timeoutSeconds >= intervalSeconds) {
    throw elbErrors.validation(
      `Health check timeout '${timeoutSeconds}' must be smaller than the interval '${intervalSeconds}'`,
    );
  }
}

function readMatcher(matcher: Given["Matcher"]): string | undefined {
  if (matcher?.GrpcCode !== undefined) {
    throw elbErrors.validation("GrpcCode cannot be specified for the protocol version HTTP1");
  }
  const codes = matcher?.HttpCode;
  if (codes === undefined) return undefined;
  const isCode = (text: string) => /^[2-4][0-9]{2}$/.test(text);
  const isPart = (part: string) => {
    const [from = "", to, ...rest] = part.split("-");
    return isCode(from) && rest.length === 0 && (to === undefined || (isCode(to) && from <= to));
  };
  if (!codes.split(",").every(isPart)) {
    throw elbErrors.validation(`Health check matcher HTTP code '${codes}' must be within '200-499'`);
  }
  return codes;
}
