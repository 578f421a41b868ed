/** Choices that a seed decides; workloads and the soak draw by these. */

export type Random = () => number;

export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}

export const happens = (random: Random, probability: number): boolean => random() < probability;
