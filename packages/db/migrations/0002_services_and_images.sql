CREATE TABLE "blobs" (
	"digest" text PRIMARY KEY NOT NULL,
	"object_key" text NOT NULL,
	"size" bigint NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "image_tags" (
	"repository_id" text NOT NULL,
	"tag" text collate "C" NOT NULL,
	"digest" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "image_tags_repository_id_tag_pk" PRIMARY KEY("repository_id","tag")
);
--> statement-breakpoint
CREATE TABLE "manifest_references" (
	"repository_id" text NOT NULL,
	"manifest_digest" text NOT NULL,
	"kind" text NOT NULL,
	"digest" text NOT NULL,
	CONSTRAINT "manifest_references_repository_id_manifest_digest_kind_digest_pk" PRIMARY KEY("repository_id","manifest_digest","kind","digest")
);
--> statement-breakpoint
CREATE TABLE "manifests" (
	"repository_id" text NOT NULL,
	"digest" text NOT NULL,
	"media_type" text NOT NULL,
	"artifact_type" text,
	"config_media_type" text,
	"subject_digest" text,
	"annotations" jsonb,
	"bytes" "bytea" NOT NULL,
	"image_size" bigint NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_pulled_at" timestamp with time zone,
	CONSTRAINT "manifests_repository_id_digest_pk" PRIMARY KEY("repository_id","digest")
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text collate "C" NOT NULL,
	"tag_mutability" text NOT NULL,
	"tag_mutability_exclusion_filters" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"scan_on_push" boolean NOT NULL,
	"encryption" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "repository_blobs" (
	"repository_id" text NOT NULL,
	"digest" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "repository_blobs_repository_id_digest_pk" PRIMARY KEY("repository_id","digest")
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" text PRIMARY KEY NOT NULL,
	"repository_id" text NOT NULL,
	"store" jsonb NOT NULL,
	"received" bigint NOT NULL,
	"sha256" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_deployments" (
	"id" text PRIMARY KEY NOT NULL,
	"arn_id" text NOT NULL,
	"service_id" text NOT NULL,
	"revision_id" text NOT NULL,
	"source_revision_ids" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"status" text NOT NULL,
	"rollout_state" text NOT NULL,
	"rollout_state_reason" text NOT NULL,
	"service_deployment_status" text NOT NULL,
	"service_deployment_status_reason" text,
	"desired_count" integer NOT NULL,
	"failed_tasks" integer DEFAULT 0 NOT NULL,
	"start_failures" integer DEFAULT 0 NOT NULL,
	"last_start_failure_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "service_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text NOT NULL,
	"service_id" text NOT NULL,
	"message" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"service_id" text NOT NULL,
	"task_definition_id" text NOT NULL,
	"launch_type" text NOT NULL,
	"container_images" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"images_resolved_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "services" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"cluster_id" text NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"scheduling_strategy" text NOT NULL,
	"launch_type" text NOT NULL,
	"desired_count" integer NOT NULL,
	"task_definition_id" text NOT NULL,
	"details" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"enable_execute_command" boolean NOT NULL,
	"client_token" text,
	"request_hash" text NOT NULL,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deactivated_at" timestamp with time zone,
	"steady_at" timestamp with time zone,
	"placement" jsonb DEFAULT '{"failedAtMs":null,"attempts":0}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "launch_requests" ADD COLUMN "service_id" text;--> statement-breakpoint
ALTER TABLE "launch_requests" ADD COLUMN "deployment_id" text;--> statement-breakpoint
ALTER TABLE "task_state" ADD COLUMN "service_id" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "deployment_id" text;--> statement-breakpoint
ALTER TABLE "image_tags" ADD CONSTRAINT "image_tags_repository_id_digest_manifests_repository_id_digest_fk" FOREIGN KEY ("repository_id","digest") REFERENCES "public"."manifests"("repository_id","digest") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "manifest_references" ADD CONSTRAINT "manifest_references_repository_id_manifest_digest_manifests_repository_id_digest_fk" FOREIGN KEY ("repository_id","manifest_digest") REFERENCES "public"."manifests"("repository_id","digest") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "manifests" ADD CONSTRAINT "manifests_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repository_blobs" ADD CONSTRAINT "repository_blobs_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repository_blobs" ADD CONSTRAINT "repository_blobs_digest_blobs_digest_fk" FOREIGN KEY ("digest") REFERENCES "public"."blobs"("digest") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_deployments" ADD CONSTRAINT "service_deployments_service_id_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_deployments" ADD CONSTRAINT "service_deployments_revision_id_service_revisions_id_fk" FOREIGN KEY ("revision_id") REFERENCES "public"."service_revisions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_events" ADD CONSTRAINT "service_events_service_id_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_revisions" ADD CONSTRAINT "service_revisions_service_id_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_revisions" ADD CONSTRAINT "service_revisions_task_definition_id_task_definitions_id_fk" FOREIGN KEY ("task_definition_id") REFERENCES "public"."task_definitions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_task_definition_id_task_definitions_id_fk" FOREIGN KEY ("task_definition_id") REFERENCES "public"."task_definitions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "blobs_object_key" ON "blobs" USING btree ("object_key");--> statement-breakpoint
CREATE INDEX "image_tags_digest" ON "image_tags" USING btree ("repository_id","digest");--> statement-breakpoint
CREATE INDEX "manifest_references_digest" ON "manifest_references" USING btree ("repository_id","digest");--> statement-breakpoint
CREATE INDEX "manifests_subject" ON "manifests" USING btree ("repository_id","subject_digest") WHERE subject_digest is not null;--> statement-breakpoint
CREATE INDEX "manifests_pushed" ON "manifests" USING btree ("repository_id","pushed_at","digest");--> statement-breakpoint
CREATE UNIQUE INDEX "repositories_scope_name" ON "repositories" USING btree ("scope_id","name");--> statement-breakpoint
CREATE INDEX "repository_blobs_digest" ON "repository_blobs" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "uploads_updated" ON "uploads" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "service_deployments_service" ON "service_deployments" USING btree ("service_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "service_deployments_primary" ON "service_deployments" USING btree ("service_id") WHERE status = 'PRIMARY';--> statement-breakpoint
CREATE UNIQUE INDEX "service_deployments_arn" ON "service_deployments" USING btree ("arn_id");--> statement-breakpoint
CREATE INDEX "service_events_service" ON "service_events" USING btree ("service_id","seq");--> statement-breakpoint
CREATE INDEX "service_revisions_service" ON "service_revisions" USING btree ("service_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "services_cluster_name" ON "services" USING btree ("cluster_id","name") WHERE status <> 'INACTIVE';--> statement-breakpoint
CREATE UNIQUE INDEX "services_token" ON "services" USING btree ("cluster_id","client_token") WHERE client_token is not null;--> statement-breakpoint
CREATE INDEX "services_listed" ON "services" USING btree ("cluster_id","name" collate "C") WHERE status = 'ACTIVE';--> statement-breakpoint
CREATE INDEX "launch_requests_service" ON "launch_requests" USING btree ("service_id") WHERE service_id is not null;--> statement-breakpoint
CREATE INDEX "task_state_service" ON "task_state" USING btree ("service_id","task_id") WHERE service_id is not null and last_status <> 'STOPPED';