/** `npm run drift -w @holdfast/database`: do the migrations lead to the schema? Exit code 0 = yes, 2 = no. */
import { missingSql } from './shadow.ts'

const sql = await missingSql()
if (sql === '') {
  console.log('No drift: the migrations lead to the schema.')
} else {
  console.error(`The schema has what no migration makes:\n\n${sql}`)
  console.error('Make the migration: npm run migration -w @holdfast/database -- what_changes')
  process.exitCode = 2
}
