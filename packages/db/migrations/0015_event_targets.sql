CREATE TABLE "api_destinations" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"connection_arn" text NOT NULL,
	"connection_id" text NOT NULL,
	"endpoint" text NOT NULL,
	"method" text NOT NULL,
	"rate_limit" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"modified_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_connections" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"authorization_type" text NOT NULL,
	"sealed_parameters" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"modified_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "event_deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"rule_id" text NOT NULL,
	"target_id" text NOT NULL,
	"event" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"died_at" timestamp with time zone,
	"not_before" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_targets" (
	"rule_id" text NOT NULL,
	"target_id" text NOT NULL,
	"arn" text NOT NULL,
	"details" jsonb NOT NULL,
	CONSTRAINT "event_targets_rule_id_target_id_pk" PRIMARY KEY("rule_id","target_id")
);
--> statement-breakpoint
ALTER TABLE "api_destinations" ADD CONSTRAINT "api_destinations_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_connections" ADD CONSTRAINT "event_connections_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD CONSTRAINT "event_deliveries_target" FOREIGN KEY ("rule_id","target_id") REFERENCES "public"."event_targets"("rule_id","target_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_targets" ADD CONSTRAINT "event_targets_rule_id_event_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."event_rules"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_destinations_scope_name" ON "api_destinations" USING btree ("scope_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "event_connections_scope_name" ON "event_connections" USING btree ("scope_id","name");--> statement-breakpoint
CREATE INDEX "event_deliveries_due" ON "event_deliveries" USING btree ("rule_id","target_id","not_before") WHERE died_at is null;--> statement-breakpoint
CREATE INDEX "event_deliveries_died" ON "event_deliveries" USING btree ("died_at") WHERE died_at is not null;--> statement-breakpoint
CREATE INDEX "event_targets_arn" ON "event_targets" USING btree ("arn");