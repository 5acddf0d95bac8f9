/**
 * Before the portal's tests: one PostgreSQL for all of them, which each file takes its fresh databases from. Making one
 * for each file would cost more than most files do with it.
 */
import { shareTestCluster } from '@holdfast/database/seed'

export const setup = shareTestCluster
