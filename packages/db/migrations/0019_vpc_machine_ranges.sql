ALTER TABLE "vpcs" ADD COLUMN "machine_range" "cidr";--> statement-breakpoint
-- Tasks that are there have addresses of their VPC's own range. Of several such VPCs the first keeps it.
UPDATE "vpcs" v SET "machine_range" = v."cidr_block"::cidr
WHERE EXISTS (SELECT FROM "network_interfaces" n WHERE n."vpc_id" = v."id")
	AND NOT EXISTS (
		SELECT FROM "vpcs" o
		WHERE o."id" < v."id" AND o."cidr_block"::cidr && v."cidr_block"::cidr
			AND EXISTS (SELECT FROM "network_interfaces" n WHERE n."vpc_id" = o."id")
	);--> statement-breakpoint
ALTER TABLE "vpcs" ADD CONSTRAINT "vpcs_machine_ranges_apart" EXCLUDE USING gist ("machine_range" inet_ops WITH &&);
