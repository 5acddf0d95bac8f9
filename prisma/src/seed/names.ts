/** Names as they occur among the customers of an IT service provider, each with a number that makes it unique. */
export const CUSTOMER_NAMES = [
  'Acme Dental',
  'Brunner Architects',
  'Castello Foods',
  'Delta Logistics',
  'Eiger Law',
  'Fjord Fisheries',
  'Granite Works',
  'Harbour Clinic',
  'Iris Optics',
  'Juniper School',
  'Kestrel Printing',
  'Lindt Carpentry',
] as const
export const SITE_NAMES = ['Head office', 'Warehouse', 'Branch north', 'Branch south', 'Workshop'] as const
export const SERVER_NAMES = ['fileserver', 'dc', 'sql', 'mail', 'terminal', 'nas', 'erp', 'hyperv'] as const

export type Draw = { readonly text: string; readonly number: number }

let drawn = 0

/** The names in turn. */
export function draw(names: readonly string[]): Draw {
  const number = nextNumber()
  return { text: names[number % names.length] ?? '', number }
}

/** Never the same twice in one process. */
export function nextNumber(): number {
  drawn += 1
  return drawn
}
