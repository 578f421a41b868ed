/** Prints what the registry benchmark measured. */
import { median, printTable, spread } from "./numbers.ts";
import { type Measured, REPETITIONS } from "./registry-load.ts";
import { OWN_REGISTRY } from "./registry-own.ts";

export function reportRegistries(measured: readonly Measured[]): void {
  const stores = [...new Set(measured.map(({ store }) => store))];
  for (const store of stores)
    reportStore(
      store,
      measured.filter((m) => m.store === store),
    );
}

function reportStore(store: string, measured: readonly Measured[]): void {
  console.log(
    `On ${store}, median (range) of ${REPETITIONS}; processor time is the registry's and its stores', memory the registry's own:`,
  );
  const steps = [...new Set(measured.map(({ step }) => step))];
  const registries = [...new Set(measured.map(({ registry }) => registry))];
  const of = (registry: string, step: string, pick: (m: Measured) => number) =>
    measured.filter((m) => m.registry === registry && m.step === step).map(pick);
  printTable(
    ["step", "registry", "wall s", "ours is", "CPU s", "ours is", "peak MiB", "p50 ms", "ours is"],
    steps.flatMap((step) =>
      registries.map((registry) => {
        const ratio = (pick: (m: Measured) => number) =>
          registry === OWN_REGISTRY
            ? ""
            : `${(median(of(OWN_REGISTRY, step, pick)) / median(of(registry, step, pick))).toFixed(2)}×`;
        const hasP50 = of(registry, step, (m) => m.p50Ms ?? Number.NaN).every(Number.isFinite);
        return [
          step,
          registry,
          spread(
            of(registry, step, (m) => m.wallMs / 1_000),
            2,
          ),
          ratio((m) => m.wallMs),
          spread(
            of(registry, step, (m) => m.cpuMs / 1_000),
            2,
          ),
          ratio((m) => m.cpuMs),
          spread(
            of(registry, step, (m) => m.peakMiB),
            0,
          ),
          hasP50
            ? spread(
                of(registry, step, (m) => m.p50Ms ?? 0),
                2,
              )
            : "",
          hasP50 ? ratio((m) => m.p50Ms ?? 0) : "",
        ];
      }),
    ),
  );
}
