import './globals.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { TRPCReactProvider } from '#trpc/client.tsx'
import { fontClassNames } from '#ui/fonts.ts'
import { parseTheme, themeAttribute, themeCookieName } from '#ui/theme/theme.ts'
import { UiProvider } from '#ui/ui-provider.tsx'

export const metadata: Metadata = {
  title: { default: 'Holdfast', template: '%s · Holdfast' },
  description: 'The backups of all your customers’ servers, from one place.',
  // A console of customers' servers has no business in a search engine.
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f6f8f8' },
    { media: '(prefers-color-scheme: dark)', color: '#0e1214' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme((await cookies()).get(themeCookieName)?.value)
  return (
    <html lang="en" data-theme={themeAttribute(theme)} className={fontClassNames}>
      <body>
        <TRPCReactProvider>
          <UiProvider>{children}</UiProvider>
        </TRPCReactProvider>
      </body>
    </html>
  )
}
