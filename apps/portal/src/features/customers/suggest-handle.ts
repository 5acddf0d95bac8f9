import { namePart } from '@holdfast/protocol'
import { searchable } from '#ui/values/searchable.ts'

const handleLengthMax = 63

/** A handle made from a customer's name: "Østergård & Søn" is "ostergard-son". Empty if nothing of it can be used. */
export function suggestHandle(name: string): string {
  const slug = searchable(name)
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, handleLengthMax)
    .replace(/^-+|-+$/g, '')
  return namePart.safeParse(slug).data ?? ''
}
