CREATE TABLE "event_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"pattern" text NOT NULL,
	"state" text NOT NULL,
	"description" text,
	"role_arn" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "event_rules" ADD CONSTRAINT "event_rules_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "event_rules_scope_name" ON "event_rules" USING btree ("scope_id","name");