'use client'

import { Monitor, Moon, Sun } from 'lucide-react'
import type { MenuGroup } from '../controls/menu.tsx'
import type { Theme } from './theme.ts'
import { useTheme } from './use-theme.ts'

const choices: readonly { theme: Theme; label: string; Icon: typeof Sun }[] = [
  { theme: 'system', label: 'As the system', Icon: Monitor },
  { theme: 'light', label: 'Light', Icon: Sun },
  { theme: 'dark', label: 'Dark', Icon: Moon },
]

/** The choice of theme as a group for the account menu. */
export function useThemeChoice(): MenuGroup {
  const [current, choose] = useTheme()
  return {
    heading: 'Theme',
    entries: choices.map(({ theme, label, Icon }) => ({
      label,
      icon: <Icon size={16} />,
      checked: theme === current,
      onChoose: () => choose(theme),
    })),
  }
}
