/** What starts and ends hosts: `local-provider.ts` does it with processes of this machine. */
import type { HostIdentity, Size } from "@roadstead/db/fargate-fleets";

export interface HostPlan extends Size {
  readonly id: string;
  readonly identity: HostIdentity;
}

export interface HostProvider {
  /** Hosts that are here in whatever state, those of an earlier provisioner among them. */
  present(): readonly string[];
  /** Starts it unless it runs as planned; one that keeps ending is started less and less often. */
  ensure(plan: HostPlan): void;
  /** Asks it to end, later makes it; true when nothing of it is left. */
  end(id: string): boolean;
}
