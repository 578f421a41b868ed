CREATE TABLE "certificates" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"type" text NOT NULL,
	"domain_name" text NOT NULL,
	"names" jsonb NOT NULL,
	"key_algorithm" text NOT NULL,
	"certificate_pem" text NOT NULL,
	"chain_pem" text,
	"sealed_key" text NOT NULL,
	"not_before" timestamp with time zone NOT NULL,
	"not_after" timestamp with time zone NOT NULL,
	"client_token" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"renewed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "certificates_scope" ON "certificates" USING btree ("scope_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "certificates_token" ON "certificates" USING btree ("scope_id","client_token") WHERE client_token is not null;