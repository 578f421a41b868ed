/** elasticloadbalancing:CreateLoadBalancer. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html */
import {
  CreateLoadBalancer$,
  type CreateLoadBalancerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  countLoadBalancers,
  insertLoadBalancer,
  type LoadBalancerRow,
  listLoadBalancers,
  type NewLoadBalancer,
} from "@roadstead/db/load-balancers";
import { operation } from "../operation.ts";
import { creating, onNew } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { readName } from "./names.ts";
import { readSecurityGroups, readSubnets } from "./network.ts";
import { renderLoadBalancer } from "./render.ts";
import { readTags } from "./tags.ts";

const BALANCERS_MAX = 50;

type Input = CreateLoadBalancerCommand["input"];

function refuseOthers({ Type, IpAddressType, CustomerOwnedIpv4Pool, IpamPools }: Input): void {
  if (Type !== undefined && Type !== "application") {
    throw elbErrors.unsupported(`Load balancers of type '${Type}' are not supported`);
  }
  if (IpAddressType !== undefined && IpAddressType !== "ipv4") {
    throw elbErrors.unsupported(`The IP address type '${IpAddressType}' is not supported`);
  }
  if (CustomerOwnedIpv4Pool !== undefined || IpamPools !== undefined) {
    throw elbErrors.unsupported("Address pools of customers are not supported");
  }
}

/** Asked again in the same words, AWS answers with what there is. */
function same(present: LoadBalancerRow, wanted: NewLoadBalancer): LoadBalancerRow {
  const settings = ({ scheme, subnets, securityGroups, tags }: NewLoadBalancer) =>
    JSON.stringify([
      scheme,
      subnets.map(({ subnetId }) => subnetId).toSorted(),
      securityGroups.toSorted(),
      tags.map(({ key, value }) => [key, value]).toSorted(),
    ]);
  if (settings(present) !== settings(wanted)) throw elbErrors.duplicateLoadBalancer(wanted.name);
  return present;
}

export const createLoadBalancer = operation<CreateLoadBalancerCommand>(CreateLoadBalancer$, {
  authorize({ input, ctx }) {
    const resource = `loadbalancer/app/${input.Name}/*`;
    const on = onNew(ctx, "CreateLoadBalancer", resource);
    return creating("CreateLoadBalancer", { on, made: on.resource, tags: input.Tags });
  },
  async handle({ input, ctx }) {
    refuseOthers(input);
    const name = readName("load balancer", input.Name ?? "");
    const tags = readTags(input.Tags);
    const { scope, settings } = ctx;
    const row = await ctx.db.write(async (tx) => {
      const network = await readSubnets(tx, ctx, input);
      const securityGroups = await readSecurityGroups(tx, ctx, network.vpcId, input.SecurityGroups);
      const wanted = { name, scheme: input.Scheme ?? "internet-facing", tags, securityGroups, ...network };
      const [present] = await listLoadBalancers(
        tx,
        { scopeId: scope.id, names: [name] },
        { afterName: "", limit: 1 },
      );
      if (present) return same(present, wanted);
      if ((await countLoadBalancers(tx, scope.id)) >= BALANCERS_MAX) {
        throw elbErrors.tooManyLoadBalancers(BALANCERS_MAX);
      }
      const made = await insertLoadBalancer(tx, { scope, domain: settings.domain }, wanted);
      if (!made) throw elbErrors.noAddress();
      return made;
    });
    return { LoadBalancers: [renderLoadBalancer(ctx, row)] };
  },
});
