/** How the targets of a group are checked and told apart; the api reads it in, the load balancer obeys it. */

export interface HealthCheck {
  readonly protocol: "HTTP" | "HTTPS";
  /** `traffic-port`, or a number for every target. */
  readonly port: string;
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Status codes that are good: `200`, `200,202` or `200-299`. */
  readonly matcher: string;
}

/** AWS's target states and the reasons it gives for them. */
export type TargetHealthState = "initial" | "healthy" | "unhealthy" | "unused" | "draining";
export type TargetHealthReason =
  | "Elb.RegistrationInProgress"
  | "Elb.InitialHealthChecking"
  | "Target.ResponseCodeMismatch"
  | "Target.Timeout"
  | "Target.FailedHealthChecks"
  | "Target.NotRegistered"
  | "Target.NotInUse"
  | "Target.DeregistrationInProgress"
  | "Target.IpUnusable"
  | "Target.InvalidState";
