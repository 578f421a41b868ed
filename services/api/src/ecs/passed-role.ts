/** Names the role of a task definition as `iam:PassRole` policies do. */
import type { Place } from "@roadstead/model/arn";

/** A bare role name means a role of the caller's account; a policy must see its ARN, or a Deny would miss it. */
export const passedRoleArn = ({ accountId }: Pick<Place, "accountId">, role: string): string =>
  role.startsWith("arn:") ? role : `arn:aws:iam::${accountId}:role/${role}`;
