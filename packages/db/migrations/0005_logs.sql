CREATE TABLE "log_groups" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text collate "C" NOT NULL,
	"class" text NOT NULL,
	"retention_days" integer,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_removals" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_streams" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"first_event_ms" bigint,
	"last_event_ms" bigint,
	"last_ingestion_ms" bigint,
	"stored_bytes" bigint DEFAULT 0 NOT NULL,
	"loose_chunks" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "log_groups" ADD CONSTRAINT "log_groups_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_streams" ADD CONSTRAINT "log_streams_group_id_log_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."log_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "log_groups_name" ON "log_groups" USING btree ("scope_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "log_streams_name" ON "log_streams" USING btree ("group_id","name");--> statement-breakpoint
CREATE INDEX "log_streams_last_event" ON "log_streams" USING btree ("group_id","last_event_ms");--> statement-breakpoint
-- Log events: compressed batches of one stream and hour, partitioned by the day of their first event in milliseconds.
-- A partition is made when it is needed and dropped whole when no group keeps its day.
CREATE TABLE "log_chunks" (
  "group_id" text NOT NULL,
  "stream_id" text NOT NULL,
  "first_ms" bigint NOT NULL,
  "last_ms" bigint NOT NULL,
  "seq" bigint NOT NULL,
  "ingested_ms" bigint NOT NULL,
  "events" integer NOT NULL,
  "bytes" integer NOT NULL,
  "loose" boolean NOT NULL,
  "body" bytea NOT NULL,
  PRIMARY KEY ("stream_id", "first_ms", "seq")
) PARTITION BY RANGE ("first_ms");
--> statement-breakpoint
CREATE INDEX "log_chunks_last" ON "log_chunks" ("stream_id", "last_ms");
--> statement-breakpoint
CREATE INDEX "log_chunks_group" ON "log_chunks" ("group_id", "first_ms", "seq");
--> statement-breakpoint
CREATE INDEX "log_chunks_loose" ON "log_chunks" ("stream_id", "first_ms") WHERE loose;
--> statement-breakpoint
CREATE SEQUENCE "log_batches";
--> statement-breakpoint
-- The bodies are compressed already.
ALTER TABLE "log_chunks" ALTER COLUMN "body" SET STORAGE EXTERNAL;
