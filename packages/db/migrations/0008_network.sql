CREATE TABLE "addresses" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"public_ip" text NOT NULL,
	"association_id" text,
	"nat_gateway_id" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "internet_gateways" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"vpc_id" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nat_gateways" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"vpc_id" text NOT NULL,
	"subnet_id" text NOT NULL,
	"connectivity_type" text NOT NULL,
	"network_interface_id" text NOT NULL,
	"private_ip" text NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "networks" (
	"scope_id" integer PRIMARY KEY NOT NULL,
	"dhcp_options_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "route_table_associations" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"route_table_id" text NOT NULL,
	"vpc_id" text NOT NULL,
	"subnet_id" text
);
--> statement-breakpoint
CREATE TABLE "route_tables" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"vpc_id" text NOT NULL,
	"routes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "security_group_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"group_id" text NOT NULL,
	"egress" boolean NOT NULL,
	"protocol" text NOT NULL,
	"from_port" integer NOT NULL,
	"to_port" integer NOT NULL,
	"cidr_ipv4" text,
	"cidr_ipv6" text,
	"referenced_group_id" text,
	"description" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "security_groups" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"vpc_id" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subnets" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"vpc_id" text NOT NULL,
	"cidr_block" text NOT NULL,
	"availability_zone" text NOT NULL,
	"is_default" boolean NOT NULL,
	"map_public_ip" boolean NOT NULL,
	"hostname_type" text NOT NULL,
	"hostname_record" boolean NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vpcs" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"cidr_block" text NOT NULL,
	"is_default" boolean NOT NULL,
	"dns_support" boolean NOT NULL,
	"dns_hostnames" boolean NOT NULL,
	"address_usage_metrics" boolean NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_nat_gateway_id_nat_gateways_id_fk" FOREIGN KEY ("nat_gateway_id") REFERENCES "public"."nat_gateways"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "internet_gateways" ADD CONSTRAINT "internet_gateways_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "internet_gateways" ADD CONSTRAINT "internet_gateways_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nat_gateways" ADD CONSTRAINT "nat_gateways_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nat_gateways" ADD CONSTRAINT "nat_gateways_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nat_gateways" ADD CONSTRAINT "nat_gateways_subnet_id_subnets_id_fk" FOREIGN KEY ("subnet_id") REFERENCES "public"."subnets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "networks" ADD CONSTRAINT "networks_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_table_associations" ADD CONSTRAINT "route_table_associations_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_table_associations" ADD CONSTRAINT "route_table_associations_route_table_id_route_tables_id_fk" FOREIGN KEY ("route_table_id") REFERENCES "public"."route_tables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_table_associations" ADD CONSTRAINT "route_table_associations_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_table_associations" ADD CONSTRAINT "route_table_associations_subnet_id_subnets_id_fk" FOREIGN KEY ("subnet_id") REFERENCES "public"."subnets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_tables" ADD CONSTRAINT "route_tables_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "route_tables" ADD CONSTRAINT "route_tables_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "security_group_rules" ADD CONSTRAINT "security_group_rules_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "security_group_rules" ADD CONSTRAINT "security_group_rules_group_id_security_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."security_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "security_group_rules" ADD CONSTRAINT "security_group_rules_referenced_group_id_security_groups_id_fk" FOREIGN KEY ("referenced_group_id") REFERENCES "public"."security_groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "security_groups" ADD CONSTRAINT "security_groups_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "security_groups" ADD CONSTRAINT "security_groups_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subnets" ADD CONSTRAINT "subnets_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subnets" ADD CONSTRAINT "subnets_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vpcs" ADD CONSTRAINT "vpcs_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "addresses_scope_public_ip" ON "addresses" USING btree ("scope_id","public_ip");--> statement-breakpoint
CREATE UNIQUE INDEX "addresses_nat_gateway" ON "addresses" USING btree ("nat_gateway_id");--> statement-breakpoint
CREATE INDEX "internet_gateways_scope" ON "internet_gateways" USING btree ("scope_id");--> statement-breakpoint
CREATE UNIQUE INDEX "internet_gateways_vpc" ON "internet_gateways" USING btree ("vpc_id");--> statement-breakpoint
CREATE INDEX "nat_gateways_scope" ON "nat_gateways" USING btree ("scope_id");--> statement-breakpoint
CREATE INDEX "nat_gateways_subnet" ON "nat_gateways" USING btree ("subnet_id");--> statement-breakpoint
CREATE INDEX "route_table_associations_scope" ON "route_table_associations" USING btree ("scope_id");--> statement-breakpoint
CREATE UNIQUE INDEX "route_table_associations_subnet" ON "route_table_associations" USING btree ("subnet_id");--> statement-breakpoint
CREATE UNIQUE INDEX "route_table_associations_main" ON "route_table_associations" USING btree ("vpc_id") WHERE "route_table_associations"."subnet_id" IS NULL;--> statement-breakpoint
CREATE INDEX "route_tables_scope" ON "route_tables" USING btree ("scope_id");--> statement-breakpoint
CREATE INDEX "route_tables_vpc" ON "route_tables" USING btree ("vpc_id");--> statement-breakpoint
CREATE INDEX "security_group_rules_scope" ON "security_group_rules" USING btree ("scope_id");--> statement-breakpoint
CREATE INDEX "security_group_rules_group" ON "security_group_rules" USING btree ("group_id");--> statement-breakpoint
CREATE INDEX "security_group_rules_referenced" ON "security_group_rules" USING btree ("referenced_group_id");--> statement-breakpoint
CREATE INDEX "security_groups_scope" ON "security_groups" USING btree ("scope_id");--> statement-breakpoint
CREATE UNIQUE INDEX "security_groups_vpc_name" ON "security_groups" USING btree ("vpc_id","name");--> statement-breakpoint
CREATE INDEX "subnets_scope" ON "subnets" USING btree ("scope_id");--> statement-breakpoint
CREATE INDEX "subnets_vpc" ON "subnets" USING btree ("vpc_id");--> statement-breakpoint
CREATE INDEX "vpcs_scope" ON "vpcs" USING btree ("scope_id");--> statement-breakpoint
CREATE UNIQUE INDEX "vpcs_one_default" ON "vpcs" USING btree ("scope_id") WHERE "vpcs"."is_default";