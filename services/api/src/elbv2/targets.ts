/** Targets as requests name them and as answers show them, with AWS's states, reasons and words. */
import type { TargetDescription, TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TargetGroupRow } from "@roadstead/db/target-groups";
import type { TargetKey, TargetRow } from "@roadstead/db/targets";
import { elbErrors } from "./errors.ts";

export const keyOf = ({ targetId, port }: TargetKey): string => `${targetId}:${port}`;

type NamedTarget = TargetKey & { readonly availabilityZone: string | null };

/** Without a port it is the group's. */
export function readTargets(
  group: Pick<TargetGroupRow, "port">,
  given: readonly TargetDescription[] | undefined,
): readonly NamedTarget[] {
  if (!given?.length) throw elbErrors.validation("A target must be specified");
  return given.map(({ Id, Port, AvailabilityZone }) => ({
    targetId: Id ?? "",
    port: Port ?? group.port,
    availabilityZone: AvailabilityZone ?? null,
  }));
}

type Health = TargetHealthDescription["TargetHealth"];

export const renderHealth = (group: TargetGroupRow, row: TargetRow): TargetHealthDescription => ({
  ...renderTarget(group, row),
  TargetHealth: healthOf(group, row),
});

export const renderUnregistered = (group: TargetGroupRow, target: NamedTarget): TargetHealthDescription => ({
  ...renderTarget(group, target),
  TargetHealth: {
    State: "unused",
    Reason: "Target.NotRegistered",
    Description: "Target is not registered to the target group",
  },
});

const renderTarget = (group: TargetGroupRow, { targetId, port, availabilityZone }: NamedTarget) => ({
  Target: {
    Id: targetId,
    Port: port,
    ...(availabilityZone === null ? {} : { AvailabilityZone: availabilityZone }),
  },
  HealthCheckPort: group.healthCheck.port === "traffic-port" ? String(port) : group.healthCheck.port,
});

function healthOf(group: TargetGroupRow, row: TargetRow): Health {
  if (row.state === "draining") {
    return {
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    };
  }
  if (group.usedBy === null) {
    return {
      State: "unused",
      Reason: "Target.NotInUse",
      Description: "Target group is not configured to receive traffic from the load balancer",
    };
  }
  if (row.health === null) {
    return {
      State: "initial",
      Reason: "Elb.RegistrationInProgress",
      Description: "Target registration is in progress",
    };
  }
  const { state, reason, description } = row.health;
  return {
    State: state,
    ...(reason === null ? {} : { Reason: reason }),
    ...(description === null ? {} : { Description: description }),
  };
}
