CREATE TABLE "attached_role_policies" (
	"role_id" text NOT NULL,
	"policy_arn" text NOT NULL,
	CONSTRAINT "attached_role_policies_role_id_policy_arn_pk" PRIMARY KEY("role_id","policy_arn")
);
--> statement-breakpoint
CREATE TABLE "attached_user_policies" (
	"user_id" text NOT NULL,
	"policy_arn" text NOT NULL,
	CONSTRAINT "attached_user_policies_user_id_policy_arn_pk" PRIMARY KEY("user_id","policy_arn")
);
--> statement-breakpoint
CREATE TABLE "instance_profiles" (
	"instance_profile_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"name" text NOT NULL,
	"path" text NOT NULL,
	"role_id" text,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "managed_policies" (
	"policy_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"name" text NOT NULL,
	"path" text NOT NULL,
	"arn" text NOT NULL,
	"description" text,
	"last_version" integer NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "policy_versions" (
	"policy_id" text NOT NULL,
	"version" integer NOT NULL,
	"document" text NOT NULL,
	"is_default" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "policy_versions_policy_id_version_pk" PRIMARY KEY("policy_id","version")
);
--> statement-breakpoint
CREATE TABLE "role_policies" (
	"role_id" text NOT NULL,
	"name" text NOT NULL,
	"document" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "role_policies_role_id_name_pk" PRIMARY KEY("role_id","name")
);
--> statement-breakpoint
CREATE TABLE "roles" (
	"role_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"name" text NOT NULL,
	"path" text NOT NULL,
	"description" text,
	"trust_policy" text NOT NULL,
	"max_session_seconds" integer NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "attached_role_policies" ADD CONSTRAINT "attached_role_policies_role_id_roles_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("role_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attached_user_policies" ADD CONSTRAINT "attached_user_policies_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instance_profiles" ADD CONSTRAINT "instance_profiles_account_id_accounts_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instance_profiles" ADD CONSTRAINT "instance_profiles_role_id_roles_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("role_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "managed_policies" ADD CONSTRAINT "managed_policies_account_id_accounts_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_versions" ADD CONSTRAINT "policy_versions_policy_id_managed_policies_policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."managed_policies"("policy_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "role_policies" ADD CONSTRAINT "role_policies_role_id_roles_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("role_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "roles" ADD CONSTRAINT "roles_account_id_accounts_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attached_role_policies_arn" ON "attached_role_policies" USING btree ("policy_arn");--> statement-breakpoint
CREATE INDEX "attached_user_policies_arn" ON "attached_user_policies" USING btree ("policy_arn");--> statement-breakpoint
CREATE UNIQUE INDEX "instance_profiles_account_name" ON "instance_profiles" USING btree ("account_id",lower("name"));--> statement-breakpoint
CREATE INDEX "instance_profiles_role" ON "instance_profiles" USING btree ("role_id");--> statement-breakpoint
CREATE UNIQUE INDEX "managed_policies_account_name" ON "managed_policies" USING btree ("account_id",lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "managed_policies_arn" ON "managed_policies" USING btree ("arn");--> statement-breakpoint
CREATE UNIQUE INDEX "policy_versions_one_default" ON "policy_versions" USING btree ("policy_id") WHERE "policy_versions"."is_default";--> statement-breakpoint
CREATE UNIQUE INDEX "roles_account_name" ON "roles" USING btree ("account_id",lower("name"));