CREATE TABLE "certificate_authority" (
	"id" integer PRIMARY KEY NOT NULL,
	"certificate_pem" text NOT NULL,
	"sealed_key" text NOT NULL,
	"sealed_server_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "certificate_authority_one" CHECK ("certificate_authority"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "join_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"scope_id" integer NOT NULL,
	"cluster_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"used_at" timestamp with time zone,
	"claim_hash" text,
	"machine_name" text,
	"agent_id" text
);
--> statement-breakpoint
ALTER TABLE "join_tokens" ADD CONSTRAINT "join_tokens_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "join_tokens" ADD CONSTRAINT "join_tokens_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "join_tokens_secret" ON "join_tokens" USING btree ("secret_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "join_tokens_agent" ON "join_tokens" USING btree ("agent_id");