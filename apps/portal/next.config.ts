import type { NextConfig } from 'next'

/**
 * How Next builds the console.
 *
 * Types are not checked here: the house compiler is TypeScript 7, which has no JavaScript API for Next to
 * drive. `npm run check` runs it over every workspace instead.
 */

/**
 * Headers that are the same for every answer. The content security policy here is what even an asset or an
 * API answer gets. Pages need more, with a fresh nonce per request: src/proxy.ts sets theirs, and Next then
 * sends that one *instead of* this one, so it has to repeat these directives (and allow 'wasm-unsafe-eval',
 * because OPAQUE runs as WebAssembly in the browser).
 */
const securityHeaders = [
  {
    key: 'Content-Security-Policy',
    value: "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  // The addresses of customers' pages tell which servers exist: never send them elsewhere.
  { key: 'Referrer-Policy', value: 'same-origin' },
  {
    key: 'Permissions-Policy',
    value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self)',
  },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  // For browsers that do not know frame-ancestors.
  { key: 'X-Frame-Options', value: 'DENY' },
]

export default {
  poweredByHeader: false,
  reactStrictMode: true,
  typescript: { ignoreBuildErrors: true },
  // Workspaces export their TypeScript sources. (Of the database, routes import types only: they reach the one
  // instance in this process through src/runtime.ts.)
  transpilePackages: ['@holdfast/protocol'],
  // Loaded by Node as they are: native parts, WebAssembly or worker files would not survive bundling.
  serverExternalPackages: [
    '@peculiar/x509',
    '@prisma/adapter-pg',
    '@prisma/client',
    '@serenity-kit/opaque',
    'pg',
    'pino',
    'reflect-metadata',
    'socket.io',
  ],
  headers: async () => [{ source: '/:path*', headers: securityHeaders }],
} satisfies NextConfig
