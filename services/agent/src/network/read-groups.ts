/** Reads the control plane's message of who is in a VPC and what their security groups let through; the ACS client calls it. */
import { z } from "zod";

const rule = z.object({
  egress: z.boolean(),
  /** `tcp`, `udp`, `icmp`, `-1` for every one, or a number. */
  protocol: z.string().regex(/^(tcp|udp|icmp|-1|\d{1,3})$/),
  /** For icmp its type; -1 is every one. */
  fromPort: z.number().int().min(-1).max(65_535),
  /** For icmp its code. */
  toPort: z.number().int().min(-1).max(65_535),
  cidr: z.cidrv4().nullish(),
  groupId: z.string().nullish(),
});

const vpc = z.object({
  vpcId: z.string(),
  cidr: z.cidrv4(),
  revision: z.string().nullish(),
  members: z.array(z.object({ address: z.ipv4(), groupIds: z.array(z.string()) })),
  groups: z.array(z.object({ id: z.string(), rules: z.array(rule) })),
});

const message = z.object({ vpcs: z.array(vpc) });

export type GroupRule = Readonly<z.infer<typeof rule>>;
export type VpcGroups = Readonly<z.infer<typeof vpc>>;

/** Null for what cannot be read: nothing is let through then that was not before. */
export function readGroups(document: unknown): readonly VpcGroups[] | null {
  const parsed = message.safeParse(document);
  return parsed.success ? parsed.data.vpcs : null;
}
