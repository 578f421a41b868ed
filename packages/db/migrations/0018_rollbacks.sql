ALTER TABLE "service_deployments" ADD COLUMN "proven_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "service_deployments" ADD COLUMN "rollback_of" text;