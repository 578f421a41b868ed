/** What a machine is told whose token does not let it in: one sentence, which its user reads. Pure. */
import type { JoinTokenState } from "@roadstead/db/join-tokens";

export type RefusedToken = Exclude<JoinTokenState, "open">;

export const REFUSALS: Readonly<
  Record<RefusedToken, { readonly status: 401 | 409 | 410; readonly text: string }>
> = {
  unknown: {
    status: 401,
    text: "This token is not known here: it was mistyped, or another control plane made it.",
  },
  used: {
    status: 409,
    text: "This token was used already: each lets one machine in. Make another with: roadstead agent token",
  },
  expired: { status: 410, text: "This token has expired. Make another with: roadstead agent token" },
  revoked: { status: 410, text: "This token was revoked. Make another with: roadstead agent token" },
};
