/** How a delivery went, and when one that failed is tried again. */
import type { EventDelivery } from "@roadstead/db/event-deliveries";

export type DeliveryResult =
  | { readonly kind: "delivered" }
  /** To be tried again. */
  | { readonly kind: "failed"; readonly error: string; readonly retryAfterMs?: number }
  /** It was not tried: the target has had as much as it may. */
  | { readonly kind: "later"; readonly delayMs: number }
  /** Trying again would not help. */
  | { readonly kind: "dead"; readonly error: string };

/** EventBridge's own bounds, where a target names none. */
const ATTEMPTS_MAX = 185;
const AGE_MAX_SECONDS = 86_400;
const DELAY_MAX_MS = 600_000;

/** The pause before the next attempt; null when there is to be none. The first attempt is no retry. */
export function retryDelayMs(
  { attempts, ageSeconds, details }: Pick<EventDelivery, "attempts" | "ageSeconds" | "details">,
  { retryAfterMs = 0 }: { readonly retryAfterMs?: number },
  firstDelayMs: number,
  random: number,
): number | null {
  const attemptsMax = details.retry?.attemptsMax ?? ATTEMPTS_MAX;
  const ageMaxMs = (details.retry?.ageMaxSeconds ?? AGE_MAX_SECONDS) * 1_000;
  if (attempts > attemptsMax) return null;
  const doubled = Math.min(DELAY_MAX_MS, firstDelayMs * 2 ** Math.min(attempts - 1, 20));
  const delayMs = Math.max(retryAfterMs, doubled * (0.5 + random / 2));
  return ageSeconds * 1_000 + delayMs > ageMaxMs ? null : Math.ceil(delayMs);
}
