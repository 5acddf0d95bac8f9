/**
 * A process under measurement, the portal or its peer. Both are started with the same flags (`MEASURED_ARGUMENTS`) and
 * asked in the same way, so that what differs in the figures differs in the programs.
 *
 * Memory is taken after the process was asked to collect its garbage: the question is what links hold, not what their
 * logins left behind and when the collector felt like it.
 */
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { cpuMs, rssKib } from '../processes/measure.ts'
import type { Service } from '../processes/service.ts'
import { percentile } from './percentiles.ts'
import { type ProbeAnswer, type ProbeQuestion, probeAnswer } from './probe-messages.ts'

export const MEASURED_ARGUMENTS = ['--expose-gc', '--import', join(import.meta.dirname, 'probe.ts')]

export class Measured {
  readonly service: Service
  readonly #listeners = new Set<(answer: ProbeAnswer) => void>()

  constructor(service: Service) {
    this.service = service
    service.onMessage((message) => {
      const answer = probeAnswer.safeParse(message)
      if (answer.success) for (const listener of [...this.#listeners]) listener(answer.data)
    })
  }

  cpuMs(): Promise<number> {
    return cpuMs(this.service.pid)
  }

  /** Resident memory as it is. */
  rssKib(): Promise<number> {
    return rssKib(this.service.pid)
  }

  /** Resident memory after a collection: the median of nine samples over two seconds. */
  async settledRssKib(): Promise<number> {
    await this.ask('collect')
    const samples: number[] = []
    while (samples.length < 9) {
      await after(222)
      samples.push(await this.rssKib())
    }
    return percentile(samples, 50)
  }

  async ask<Question extends ProbeQuestion['ask']>(
    question: Question,
  ): Promise<Extract<ProbeAnswer, { answers: Question }>> {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<ProbeAnswer, { answers: Question }>>()
    const listen = (answer: ProbeAnswer): void => {
      if (isAnswerTo(question, answer)) resolve(answer)
    }
    this.#listeners.add(listen)
    void this.service.exited.then(() =>
      reject(new Error(`The ${this.service.name} ended while it was measured.`)),
    )
    this.service.send({ ask: question } satisfies ProbeQuestion)
    return promise.finally(() => this.#listeners.delete(listen))
  }
}

function isAnswerTo<Question extends ProbeQuestion['ask']>(
  question: Question,
  answer: ProbeAnswer,
): answer is Extract<ProbeAnswer, { answers: Question }> {
  return answer.answers === question
}
