/** Shares tasks out among the providers of a strategy; launches of RunTask and of services' deployments call this. Pure. */
import type { FargateProvider } from "./fargate.ts";

export interface CapacityStrategyItem {
  readonly capacityProvider: FargateProvider;
  readonly weight: number;
  /** So many tasks are its own before weights count; one item alone has a base. */
  readonly base: number;
}

export type CapacityStrategy = readonly CapacityStrategyItem[];

/**
 * The provider of each of `count` more tasks, where there are `running` of each already: the base first, then always the one
 * that lacks most of its share. Equal ones in the order in which the strategy names them.
 */
export function shareOut(
  strategy: CapacityStrategy,
  running: ReadonlyMap<FargateProvider, number>,
  count: number,
): readonly FargateProvider[] {
  const counts = new Map(
    strategy.map(({ capacityProvider }) => [capacityProvider, running.get(capacityProvider) ?? 0]),
  );
  return Array.from({ length: count }, () => {
    const chosen = nextProvider(strategy, counts);
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    return chosen;
  });
}

function nextProvider(
  strategy: CapacityStrategy,
  counts: ReadonlyMap<FargateProvider, number>,
): FargateProvider {
  const countOf = ({ capacityProvider }: CapacityStrategyItem) => counts.get(capacityProvider) ?? 0;
  const short = strategy.find((item) => countOf(item) < item.base);
  if (short) return short.capacityProvider;
  const beyondBase = strategy.reduce((sum, item) => sum + countOf(item) - item.base, 0) + 1;
  const weights = strategy.reduce((sum, { weight }) => sum + weight, 0);
  const lacking = (item: CapacityStrategyItem) =>
    item.weight === 0
      ? Number.NEGATIVE_INFINITY
      : item.base + (beyondBase * item.weight) / weights - countOf(item);
  const [first, ...others] = strategy;
  if (!first) throw new TypeError("a strategy names a provider");
  return others.reduce((best, item) => (lacking(item) > lacking(best) ? item : best), first).capacityProvider;
}
