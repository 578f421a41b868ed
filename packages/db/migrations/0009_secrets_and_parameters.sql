CREATE TABLE "parameters" (
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"sealed_value" text NOT NULL,
	"version" integer NOT NULL,
	"description" text,
	"allowed_pattern" text,
	"data_type" text NOT NULL,
	"tier" text NOT NULL,
	"changed_by" text NOT NULL,
	"tags" jsonb NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parameters_scope_id_name_pk" PRIMARY KEY("scope_id","name")
);
--> statement-breakpoint
CREATE TABLE "secret_versions" (
	"secret_id" text NOT NULL,
	"version_id" text NOT NULL,
	"sealed_value" text NOT NULL,
	"stages" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "secret_versions_secret_id_version_id_pk" PRIMARY KEY("secret_id","version_id")
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"suffix" text NOT NULL,
	"description" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"delete_at" timestamp with time zone,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "parameters" ADD CONSTRAINT "parameters_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secret_versions" ADD CONSTRAINT "secret_versions_secret_id_secrets_id_fk" FOREIGN KEY ("secret_id") REFERENCES "public"."secrets"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "secrets_scope_name" ON "secrets" USING btree ("scope_id","name");