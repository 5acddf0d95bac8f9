import type { PlanOptions } from '@holdfast/protocol'

/** What is not wanted is left out, so that nothing looks changed that is not. */
export function withOption<Name extends keyof PlanOptions>(
  options: PlanOptions,
  name: Name,
  value: PlanOptions[Name],
): PlanOptions {
  const { [name]: _, ...others } = options
  return value ? { ...others, [name]: value } : others
}
