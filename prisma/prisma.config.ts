import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'schema',
  migrations: { path: 'migrations' },
  // Only `prisma migrate`, which this project does not use (see ARCHITECTURE.md, "Migrations"), reads it.
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
