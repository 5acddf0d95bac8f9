import { expect, test } from 'vitest'
import { resultInWords, written } from './result-words.ts'

const none = { files: 0, bytes: 0, created: 0, replaced: 0, kept: 0, keptBoth: 0, same: 0, failed: 0 }

test.each([
  [{ replaced: 3, same: 12 }, true, '3 files would be replaced, 12 are the same already.'],
  [{ replaced: 1, created: 1 }, false, '1 file was replaced, 1 was put back.'],
  [{ kept: 2, failed: 1 }, false, '2 files were left as they are, 1 could not be restored.'],
  [{ same: 1 }, true, '1 file is the same already.'],
  [{ created: 1_204 }, false, '1,204 files were put back.'],
  [{}, true, 'There is no file to restore.'],
])('%j, dry run %j', (counts, isDryRun, words) => {
  expect(resultInWords({ ...none, ...counts }, isDryRun)).toBe(words)
})

test('what is written is what the button says', () => {
  expect(written({ ...none, created: 1, replaced: 2, keptBoth: 3, same: 9 })).toBe(6)
})
