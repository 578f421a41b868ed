/** Medians, percentiles and tables; every benchmark prints through this. */

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

/** The value below which `share` of the others lie; the greatest when there are few. */
export function percentile(values: readonly number[], share: number): number {
  const order = sorted(values);
  return order[Math.min(order.length - 1, Math.floor(order.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const order = sorted(values);
  const middle = order.length >> 1;
  return order.length % 2 === 1
    ? (order[middle] ?? Number.NaN)
    : ((order[middle - 1] ?? Number.NaN) + (order[middle] ?? Number.NaN)) / 2;
}

/** `12.3 (11.9-14.0)`: the median, and the range when it was measured more than once. */
export function spread(values: readonly number[], digits = 0): string {
  const order = sorted(values);
  const [least, most] = [order[0] ?? Number.NaN, order.at(-1) ?? Number.NaN];
  const middle = median(values).toFixed(digits);
  return values.length < 2 ? middle : `${middle} (${least.toFixed(digits)}-${most.toFixed(digits)})`;
}

export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  console.log([line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n"));
  console.log();
}
