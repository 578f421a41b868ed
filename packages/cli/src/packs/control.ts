/** The processes that decide, in one: scheduler, deployer, load balancer, autoscaler, event bus and Fargate provisioner. */
import { configSchema as autoscalerConfig } from "@roadstead/autoscaler/config";
import { start as startAutoscaler } from "@roadstead/autoscaler/start";
import { backingSchema, openBacking } from "@roadstead/backing/open-backing";
import { configSchema as deployerConfig } from "@roadstead/deployer/config";
import { start as startDeployer } from "@roadstead/deployer/start";
import { configSchema as eventBusConfig } from "@roadstead/event-bus/config";
import { start as startEventBus } from "@roadstead/event-bus/start";
import { configSchema as provisionerConfig } from "@roadstead/fargate-provisioner/config";
import { start as startProvisioner } from "@roadstead/fargate-provisioner/start";
import { configSchema as loadBalancerConfig } from "@roadstead/load-balancer/config";
import { start as startLoadBalancer } from "@roadstead/load-balancer/start";
import { configSchema as schedulerConfig } from "@roadstead/scheduler/config";
import { start as startScheduler } from "@roadstead/scheduler/start";
import { packed, runPack } from "@roadstead/service-kit/run-service";

await runPack({
  name: "control",
  shared: { configSchema: backingSchema, open: openBacking },
  services: [
    packed({ name: "scheduler", configSchema: schedulerConfig, start: startScheduler }),
    packed({ name: "deployer", configSchema: deployerConfig, start: startDeployer }),
    packed({ name: "load-balancer", configSchema: loadBalancerConfig, start: startLoadBalancer }),
    packed({ name: "autoscaler", configSchema: autoscalerConfig, start: startAutoscaler }),
    packed({ name: "event-bus", configSchema: eventBusConfig, start: startEventBus }),
    packed({ name: "fargate-provisioner", configSchema: provisionerConfig, start: startProvisioner }),
  ],
});
