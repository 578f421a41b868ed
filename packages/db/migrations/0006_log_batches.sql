ALTER TABLE "log_streams" ADD COLUMN "batch_writer" text;--> statement-breakpoint
ALTER TABLE "log_streams" ADD COLUMN "batch_number" bigint;