/** The programs that are no npm packages: what each is for, where it hides, and what each package manager calls it. */

export type Tool = {
  readonly purpose: string
  readonly variable: string
  readonly names: readonly string[]
  /** Absolute places where it hides from PATH. */
  readonly places: readonly string[]
  readonly askVersion: readonly string[]
  /** A line for a shell that asks "$0" instead, where a program says its version in a way of its own. */
  readonly askByShell?: string
  readonly versionMin: readonly [number, number]
  /** What each package manager calls it. */
  readonly packages: Readonly<Record<PackageManager, string>>
  readonly download: string
}

export type ToolName =
  | 'restic'
  | 'chromium'
  | 'rclone'
  | 'age'
  | 'postgresql'
  | 'mariadb'
  | 'sshd'
  | 'vsftpd'
  | 'ip'
  | 'nft'

export const TOOLS: Record<ToolName, Tool> = {
  restic: {
    purpose: 'makes the backups',
    variable: 'HOLDFAST_RESTIC',
    names: ['restic'],
    places: [
      '/usr/bin/restic',
      '/usr/local/bin/restic',
      '/opt/homebrew/bin/restic',
      '/opt/local/bin/restic',
      '/snap/bin/restic',
    ],
    askVersion: ['version'],
    versionMin: [0, 14],
    packages: {
      'apt-get': 'restic',
      brew: 'restic',
      dnf: 'restic',
      pacman: 'restic',
      apk: 'restic',
      zypper: 'restic',
    },
    download: 'https://github.com/restic/restic/releases',
  },
  chromium: {
    purpose: 'shows the console to the browser tests',
    variable: 'HOLDFAST_CHROMIUM',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    places: [
      '/usr/bin/chromium',
      '/snap/bin/chromium',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    askVersion: ['--version'],
    versionMin: [120, 0],
    packages: {
      'apt-get': 'chromium',
      brew: 'google-chrome',
      dnf: 'chromium',
      pacman: 'chromium',
      apk: 'chromium',
      zypper: 'chromium',
    },
    download: 'https://www.google.com/chrome/',
  },
  rclone: {
    purpose: "serves restic's protocol as well, so that the vault is tested and measured beside it",
    variable: 'HOLDFAST_RCLONE',
    names: ['rclone'],
    places: ['/usr/bin/rclone', '/usr/local/bin/rclone', '/opt/homebrew/bin/rclone'],
    askVersion: ['version'],
    versionMin: [1, 60],
    packages: inEach('rclone'),
    download: 'https://rclone.org/downloads/',
  },
  age: {
    purpose: 'opens sealed keys as a person with a recovery kit would',
    variable: 'HOLDFAST_AGE',
    names: ['age'],
    places: ['/usr/bin/age', '/usr/local/bin/age', '/opt/homebrew/bin/age'],
    askVersion: ['--version'],
    versionMin: [1, 0],
    packages: inEach('age'),
    download: 'https://github.com/FiloSottile/age/releases',
  },
  postgresql: {
    purpose: 'has databases that are dumped for real, and its programs dump them',
    variable: 'HOLDFAST_PG_CTL',
    names: ['pg_ctl'],
    places: [18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin/pg_ctl`),
    askVersion: ['--version'],
    versionMin: [13, 0],
    packages: inEach('postgresql', { dnf: 'postgresql-server', zypper: 'postgresql-server' }),
    download: 'https://www.postgresql.org/download/',
  },
  mariadb: {
    purpose: 'the same for MySQL and MariaDB',
    variable: 'HOLDFAST_MARIADBD',
    names: ['mariadbd'],
    places: ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd', '/opt/homebrew/bin/mariadbd'],
    askVersion: ['--version'],
    versionMin: [10, 5],
    packages: inEach('mariadb', { 'apt-get': 'mariadb-server', dnf: 'mariadb-server' }),
    download: 'https://mariadb.org/download/',
  },
  sshd: {
    purpose: 'keeps repositories that are reached by SFTP',
    variable: 'HOLDFAST_SSHD',
    names: ['sshd'],
    places: ['/usr/sbin/sshd', '/usr/local/sbin/sshd'],
    askVersion: [],
    // Before 9.2 it did not know this option, complained, and said its version all the same.
    askByShell: '"$0" -V 2>&1 || :',
    versionMin: [7, 0],
    packages: inEach('openssh-server', { brew: 'openssh', pacman: 'openssh', zypper: 'openssh' }),
    download: 'https://www.openssh.com/portable.html',
  },
  vsftpd: {
    purpose: 'keeps repositories that are reached by FTP',
    variable: 'HOLDFAST_VSFTPD',
    names: ['vsftpd'],
    places: ['/usr/sbin/vsftpd'],
    askVersion: [],
    // It writes to where others read.
    askByShell: '"$0" -v 0>&1',
    versionMin: [3, 0],
    packages: inEach('vsftpd'),
    download: 'https://security.appspot.com/vsftpd.html',
  },
  ip: {
    purpose: 'makes networks in which faults can be made',
    variable: 'HOLDFAST_IP',
    names: ['ip'],
    places: ['/usr/sbin/ip', '/sbin/ip'],
    askVersion: ['-V'],
    versionMin: [4, 0],
    packages: inEach('iproute2', { dnf: 'iproute', brew: 'iproute2mac' }),
    download: 'https://wiki.linuxfoundation.org/networking/iproute2',
  },
  nft: {
    purpose: 'makes the firewalls of these networks',
    variable: 'HOLDFAST_NFT',
    names: ['nft'],
    places: ['/usr/sbin/nft', '/sbin/nft'],
    askVersion: ['--version'],
    versionMin: [0, 9],
    packages: inEach('nftables'),
    download: 'https://netfilter.org/projects/nftables/',
  },
}

function inEach(name: string, other: Partial<Record<PackageManager, string>> = {}) {
  return { 'apt-get': name, brew: name, dnf: name, pacman: name, apk: name, zypper: name, ...other }
}

/** What everybody needs. */
export const TOOL_NAMES: readonly ToolName[] = [
  'restic',
  'chromium',
  'rclone',
  'age',
  'postgresql',
  'mariadb',
  'sshd',
  // There is none for macOS.
  ...(process.platform === 'linux' ? (['vsftpd'] as const) : []),
]
/** What only root on Linux has a use for, to make faults of a network for real. */
export const NETWORK_TOOL_NAMES: readonly ToolName[] = ['ip', 'nft']

export type PackageManager = 'apt-get' | 'brew' | 'dnf' | 'pacman' | 'apk' | 'zypper'

/** How a person types it. Only apt-get and brew are also run from here: the others were never tried by us. */
export const INSTALL_BY_HAND: Record<PackageManager, string> = {
  'apt-get': 'sudo apt-get update && sudo apt-get install',
  brew: 'brew install',
  dnf: 'sudo dnf install',
  pacman: 'sudo pacman -S',
  apk: 'sudo apk add',
  zypper: 'sudo zypper install',
}
