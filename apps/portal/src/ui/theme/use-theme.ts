'use client'

import { useCallback, useSyncExternalStore } from 'react'
import { parseTheme, type Theme, themeAttribute, themeCookie } from './theme.ts'

/** The theme in force and a function that changes and stores it. `<html data-theme>` is the one truth. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(watchAttribute, readAttribute, (): Theme => 'system')
  const choose = useCallback((next: Theme) => {
    const attribute = themeAttribute(next)
    if (attribute) document.documentElement.dataset.theme = attribute
    else delete document.documentElement.dataset.theme
    // Browsers keep the cookie store from pages without TLS. There the choice lasts as long as the tab.
    if (window.isSecureContext) void cookieStore.set(themeCookie(next, Date.now()))
  }, [])
  return [theme, choose]
}

function readAttribute(): Theme {
  return parseTheme(document.documentElement.dataset.theme)
}

function watchAttribute(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}
