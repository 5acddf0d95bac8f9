export const HELP = `holdfast-agent: backs up this server, managed from a Holdfast portal

  holdfast-agent join                Connect this server to a portal. Asks for the join token from the
                                     console; it is never given on the command line.
      --keep                         Remember the portal even if it cannot be reached at this moment.
      --proxy URL                    Reach it through the HTTP proxy http://host:port or http://user@host:port,
                                     whose password is asked for (or the next line of what is piped in).
      --no-proxy                     Reach it directly, whatever the environment says.
  holdfast-agent run                 Run the agent until it is stopped (Ctrl-C, or SIGTERM).
                                     A backup that runs at that moment is interrupted and reported as cut;
                                     what earlier backups saved is not affected.
  holdfast-agent status              What it is connected to, what runs, and what ran last.
      --json                         The same for programs.
  holdfast-agent doctor              What stands between this server and its portals, and what to do about it.
      --json                         The same for programs.
      --vault HOST:PORT              Try this port as well, to which backups go.
      --listen PORT                  Say who holds this port, too. Where the agent is set to listen it
                                     looks anyway.
  holdfast-agent log                 What portals asked for, and how each connection went.
      -f, --follow                   Go on printing as it happens.
      -n, --lines N                  The last N lines (default 50).
      --level warn                   Only what is at least so bad: warn or error.
      --since 2h                     Only since then: 30min, 2h, 7d ago, or "2026-11-21 07:14".
      --text WORDS                   Only lines with these words, a code or a name.
      --json                         The same for programs, one line each.
  holdfast-agent repositories        Where this server's backups are.
  holdfast-agent repositories key NAME
                                     The key of one, for use with plain restic.
  holdfast-agent repositories credentials NAME
                                     Enter the login of its storage; it stays on this machine.
  holdfast-agent repositories ssh-key
                                     The line that an SFTP server needs in authorized_keys.
  holdfast-agent recovery            To whose recovery kit the keys of repositories are sealed.
  holdfast-agent recovery accept KEY [PORTAL]
                                     Seal them to another one, as it stands on the printed kit.
  holdfast-agent databases           The databases that plans may back up.
  holdfast-agent databases add NAME --postgresql|--mysql|--sqlite FILE
                                     Let plans back one up under this name.
      --host H, --port N             Where it is: a host, or a socket. Default: as its own programs find it.
      --user U                       As which user of the database.
      --password                     Ask for its password (or read the next line of what is piped in).
      --database D                   Only this one of its databases. Default: all of them.
      --as USER                      Run the programs as this user of the system (with an agent of root):
                                     "postgres", for example, needs no password.
  holdfast-agent databases try NAME  Dump it now as a backup would, and throw the dump away.
  holdfast-agent databases remove NAME
  holdfast-agent commands            The commands whose output plans may back up.
  holdfast-agent commands allow NAME [--as USER] -- PROGRAM ARGS
  holdfast-agent commands deny NAME
  holdfast-agent hooks               The programs that plans may run before and after a backup.
  holdfast-agent hooks allow NAME [--as USER] -- PROGRAM ARGS
  holdfast-agent hooks deny NAME
  holdfast-agent snapshots [REPOSITORY]
                                     The snapshots of a repository, by its name or id.
  holdfast-agent snapshots REPOSITORY SNAPSHOT [FOLDER]
                                     What a folder of one holds. SNAPSHOT: how its id begins, or "latest".
      --json                         The same for programs, one line each.
  holdfast-agent restore REPOSITORY SNAPSHOT PATH...
                                     Bring files and folders back, also with no portal and no agent running.
      --to FOLDER                    Below this folder,
      --in-place                     or to where they were.
      --replace, --keep-both         Where something else is: replace it, or put the restored one beside it.
                                     Otherwise it is left as it is.
      --dry-run                      Only say what would be done.
      --json                         The report for programs.
  holdfast-agent listen              Wait for portals that dial this server, and say by which certificate they know it.
      --port N                       On this port (default 16888).
      --address IP                   Only at this address of the machine ("any" for all of them).
      --off                          Wait no more.
  holdfast-agent proxy [PORTAL]      By which way portals are reached.
  holdfast-agent proxy PORTAL URL    Change that: to a proxy, to "direct", or to "environment".
  holdfast-agent policy [PORTAL]     What portals may do on this server.
  holdfast-agent policy PORTAL allow|deny RULE
                                     Change that. The rules are shown by "holdfast-agent policy".
      --root FOLDER                  With "allow browse" and "allow restore-elsewhere": only below this folder.
                                     Repeat it for several; those named last count.
  holdfast-agent leave [NAME]        Forget a portal. Backups and their keys stay.
      --yes                          Do not ask.
  holdfast-agent version
  holdfast-agent help

Settings (environment)
  HOLDFAST_AGENT_STATE   folder of the agent's state   (default for root: /var/lib/holdfast-agent)
  HOLDFAST_AGENT_SPOOL   where dumps of databases lie for a while   (default: "dumps" in that folder)
  HOLDFAST_RESTIC        path of restic                (default: searched for)
  HTTPS_PROXY, NO_PROXY  the way to portals that have no proxy of their own
  HOLDFAST_PROXY_PASSWORD  for "proxy" and "join --proxy", in place of being asked
  HOLDFAST_LOG_LEVEL     error, warn, info or debug    (default: info)

Exit codes
  0 done   1 failed, with the reason   2 wrong use   3 the agent is not running   4 running, but not connected
`
