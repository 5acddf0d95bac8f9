-- AlterTable
ALTER TABLE "plan" ADD COLUMN     "template_id" UUID,
ADD COLUMN     "template_revision" INTEGER;

-- CreateTable
CREATE TABLE "plan_template" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID,
    "name" TEXT NOT NULL,
    "sources" TEXT[],
    "schedule" TEXT,
    "retention" TEXT,
    "options" TEXT NOT NULL DEFAULT '{}',
    "target" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "plan_template_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "template_application" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID,
    "template_id" UUID NOT NULL,
    "template_name" TEXT NOT NULL,
    "template_revision" INTEGER NOT NULL,
    "changes" TEXT NOT NULL,
    "created" INTEGER NOT NULL,
    "changed" INTEGER NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "applied_by_name" TEXT NOT NULL,
    "undone_at" TIMESTAMPTZ(3),
    "undone_by_name" TEXT NOT NULL DEFAULT '',
    "left_alone" TEXT NOT NULL DEFAULT '[]',

    CONSTRAINT "template_application_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "plan_template_provider_id_id_key" ON "plan_template"("provider_id", "id");

-- CreateIndex
CREATE INDEX "template_application_provider_id_applied_at_id_idx" ON "template_application"("provider_id", "applied_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "plan_template_id_idx" ON "plan"("template_id");

-- AddForeignKey
ALTER TABLE "plan" ADD CONSTRAINT "plan_provider_id_template_id_fkey" FOREIGN KEY ("provider_id", "template_id") REFERENCES "plan_template"("provider_id", "id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "template_application" ADD CONSTRAINT "template_application_provider_id_template_id_fkey" FOREIGN KEY ("provider_id", "template_id") REFERENCES "plan_template"("provider_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who may see and do what
SELECT tenant_table('plan_template', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('template_application', 'SELECT, INSERT, UPDATE');
