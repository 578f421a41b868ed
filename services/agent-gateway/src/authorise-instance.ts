/** Decides whether a verified caller may hold the socket of a container instance; called for each upgrade. */
import { refusal } from "@roadstead/access/authorize";
import type { KeyHolder } from "@roadstead/db/access-keys";
import type { ContainerInstanceArn, Place } from "@roadstead/model/arn";

export type SocketKind = "acs" | "tcs";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
const ACTIONS = { acs: "ecs:Poll", tcs: "ecs:StartTelemetrySession" } as const;

export interface WantedSocket {
  readonly kind: SocketKind;
  readonly instanceArn: ContainerInstanceArn;
  readonly place: Place;
  readonly now: Date;
}

/** An agent may hold its own instance's socket and no other; a user or role what the policies say. */
export const mayOpenSocket = (
  holder: Pick<KeyHolder, "accountId" | "principal">,
  { kind, instanceArn, place, now }: WantedSocket,
): boolean =>
  holder.accountId === place.accountId &&
  refusal(holder, [{ action: ACTIONS[kind], resource: instanceArn }], { now, region: place.region }) === null;
