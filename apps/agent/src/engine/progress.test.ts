import { describe, expect, it } from 'vitest'
import { parseJson, statusMessage } from './messages.ts'
import { ProgressTracker } from './progress.ts'

/** Feeds lines of restic, one second apart. */
function follow(lines: readonly string[]) {
  const tracker = new ProgressTracker()
  return lines.map((line, second) => tracker.update(statusMessage.parse(parseJson(line)), second * 1_000))
}

describe('ProgressTracker', () => {
  it('names no total while restic 0.14 is still counting, whatever percentage it prints', () => {
    // Recorded from restic 0.14.0 with RESTIC_PROGRESS_FPS=1; only the paths are shortened.
    const progress = follow([
      '{"message_type":"status","percent_done":0,"total_files":1,"total_bytes":1000000}',
      '{"message_type":"status","seconds_elapsed":1,"percent_done":1,"total_files":53,"files_done":53,"total_bytes":53000000,"bytes_done":53000000,"current_files":["/big/f147","/big/f148"]}',
      '{"message_type":"status","seconds_elapsed":2,"seconds_remaining":2,"percent_done":0.43,"total_files":300,"files_done":127,"total_bytes":300000000,"bytes_done":129000000,"current_files":["/big/f213"]}',
      '{"message_type":"status","seconds_elapsed":3,"percent_done":0.9758368233333333,"total_files":300,"files_done":291,"total_bytes":300000000,"bytes_done":292751047}',
    ])
    const unknown = { filesTotal: null, bytesTotal: null, secondsLeft: null }
    expect(progress[0]).toEqual({
      phase: 'scanning',
      ...{ filesDone: 0, bytesDone: 0, bytesPerSecond: 0, currentFile: '' },
      ...unknown,
    })
    expect(progress[1]).toMatchObject({
      phase: 'scanning',
      filesDone: 53,
      currentFile: '/big/f147',
      ...unknown,
    })
    expect(progress[2]).toMatchObject({
      phase: 'uploading',
      filesTotal: 300,
      bytesTotal: 300_000_000,
      bytesPerSecond: 64_500_000,
      secondsLeft: 3,
    })
    expect(progress[3]).toMatchObject({ phase: 'uploading', secondsLeft: 1 })
  })

  it('is not misled by the remaining seconds that restic 0.14 divides by zero', () => {
    const [progress] = follow([
      '{"message_type":"status","seconds_elapsed":1,"seconds_remaining":9223372036854775808,"percent_done":0,"total_files":2,"total_bytes":10}',
    ])
    expect(progress).toMatchObject({ phase: 'uploading', bytesTotal: 10, secondsLeft: null })
  })

  it('sees the end of counting also when nothing is left to read', () => {
    const line =
      '{"message_type":"status","seconds_elapsed":2,"percent_done":1,"total_files":300,"files_done":300,"total_bytes":300000000,"bytes_done":300000000}'
    expect(follow([line, line]).map(({ phase }) => phase)).toEqual(['scanning', 'uploading'])
  })

  it('never shows more done than there is, when files grow', () => {
    const [progress] = follow([
      '{"message_type":"status","seconds_remaining":1,"total_files":1,"files_done":2,"total_bytes":10,"bytes_done":12}',
    ])
    expect(progress).toMatchObject({ filesDone: 2, filesTotal: 2, bytesDone: 12, bytesTotal: 12 })
  })

  it('measures the rate over the last seconds only', () => {
    const lines = Array.from({ length: 40 }, (_, second) => {
      const done = second < 20 ? second * 1_000 : 20_000
      return JSON.stringify({
        message_type: 'status',
        seconds_remaining: 1,
        total_bytes: 99_000,
        bytes_done: done,
      })
    })
    const progress = follow(lines)
    expect(progress[19]).toMatchObject({ bytesPerSecond: 1_000, secondsLeft: 80 })
    expect(progress[39]).toMatchObject({ bytesPerSecond: 0, secondsLeft: null })
  })

  it('bounds the current file', () => {
    const line = JSON.stringify({ message_type: 'status', current_files: [`/${'x'.repeat(10_000)}`] })
    expect(follow([line])[0]?.currentFile).toHaveLength(4_096)
  })
})
