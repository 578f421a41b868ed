import { expect, test } from "vitest";
import {
  countersOf,
  highest,
  hostMetrics,
  increase,
  trafficMetrics,
  zeroMetrics,
} from "./balancer-metrics.ts";
import { readCounters } from "./read-counters.ts";

const STAT = [
  "# pxname,svname,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,rtime,",
  "ln_l1,FRONTEND,0,90,5,4,7,0,,",
  "tg_g1,s1,0,60,0,1,2,0,9,",
  "tg_g1,o1,0,0,0,0,0,0,0,",
  "tg_g1,s2,1,30,0,2,0,1,7,",
  "tg_g1,BACKEND,0,90,0,3,6,0,8,",
  "",
].join("\n");

const measured = {
  balancers: [{ id: "b1", scopeId: 1, suffix: "app/web/b1", listenerIds: ["l1"] }],
  groups: [
    {
      id: "g1",
      scopeId: 1,
      suffix: "targetgroup/web/g1",
      loadBalancerId: "b1",
      healthy: 2,
      unhealthy: 1,
    },
  ],
};

const of = (metrics: readonly { metricName: string; dimensions: object; sum: number }[], name: string) =>
  metrics.filter(({ metricName }) => metricName === name).map(({ dimensions, sum }) => [dimensions, sum]);

const LB = { LoadBalancer: "app/web/b1" };
const BOTH = { LoadBalancer: "app/web/b1", TargetGroup: "targetgroup/web/g1" };
const TG = { TargetGroup: "targetgroup/web/g1" };

test("what targets answered is theirs, and the rest of what was answered is the balancer's own", () => {
  const counts = readCounters(STAT);
  const metrics = trafficMetrics(measured, countersOf(counts, measured), counts.responseMs);
  expect(of(metrics, "RequestCount")).toEqual([
    [LB, 97],
    [BOTH, 97],
  ]);
  expect(of(metrics, "HTTPCode_Target_5XX_Count")).toEqual([
    [LB, 2],
    [BOTH, 2],
  ]);
  expect(of(metrics, "HTTPCode_ELB_5XX_Count")).toEqual([[LB, 5]]);
  expect(of(metrics, "HTTPCode_ELB_4XX_Count")).toEqual([[LB, 1]]);
  expect(of(metrics, "HTTPCode_ELB_3XX_Count")).toEqual([[LB, 5]]);
  expect(of(metrics, "RequestCountPerTarget")).toEqual([
    [TG, 48.5],
    [BOTH, 48.5],
  ]);
  expect(of(metrics, "TargetResponseTime")).toEqual([
    [BOTH, 0.776],
    [LB, 0.776],
  ]);
});

test("between two looks only what is more counts, in whichever order they are committed", () => {
  expect(increase({ a: 3 }, { a: 5, b: 2 })).toEqual({ a: 2, b: 2 });
  expect(increase({ a: 5 }, { a: 3 })).toEqual({ a: 0 });
  expect(highest({ a: 5, c: 1 }, { a: 3, b: 2 })).toEqual({ a: 5, b: 2, c: 1 });
});

test("without requests there is a zero, since what scales by them must see that there are none", () => {
  const metrics = [...zeroMetrics(measured), ...hostMetrics(measured)];
  expect(of(metrics, "RequestCount")).toEqual([[LB, 0]]);
  expect(of(metrics, "RequestCountPerTarget")).toEqual([
    [TG, 0],
    [BOTH, 0],
  ]);
  expect(of(metrics, "HealthyHostCount")).toEqual([[BOTH, 2]]);
  expect(of(metrics, "UnHealthyHostCount")).toEqual([[BOTH, 1]]);
});
