export const HELP = `holdfast-vault: keeps restic repositories where nobody can destroy them at once

  holdfast-vault serve               Serve until it is stopped (Ctrl-C, or SIGTERM).
  holdfast-vault key create FILE     Make a key that signs tokens, write it to FILE, and trust it here.
  holdfast-vault key trust KEY       Trust a public key that was made elsewhere: a PEM file, or the words
                                     "ed25519:..." that a portal shows.
  holdfast-vault token               Print a token, signed by a key of one's own.
      --key FILE                     The key, as "key create" wrote it.
      --customer ID --server ID --repository ID
      --mode read|append|full        Look and read; and add; and delete (default: append).
      --hours N                      How long it is good for (default: 24).
      --quota SIZE                   What the repository may hold, trash included: 500G, 2T (default: no limit).
  holdfast-vault trash list          What was deleted, and how long it can still be brought back.
      --customer ID --repository ID --since TIME --json
  holdfast-vault trash restore --customer ID --repository ID [--since TIME] [NAME ...]
                                     Bring it back: all of it, what was deleted since a time, or by name.
  holdfast-vault customer ID         For how long this customer's deleted objects are kept.
      --trash-days N                 Change that, for what is deleted from now on (default: 14).
  holdfast-vault usage               What is stored, and what each server moved this month.
      --customer ID --month 2026-11 --json
  holdfast-vault verify              Read everything again and find what has rotted. Fails when it found something.
      --customer ID --repository ID --json
      --rate N                       MiB a second at most (default: 50; 0: as fast as it goes).
      --heal                         Take what has rotted back from the second vault.
  holdfast-vault second set HOST:PORT [--certificate FILE]
                                     Keep a second copy of everything in another vault.
  holdfast-vault second status       How far that copy is. Fails when a repository could not be copied.
      --json
  holdfast-vault second remove       Copy no more. What was copied stays there.

Settings (environment)
  HOLDFAST_VAULT_DATA    folder of everything that the vault keeps   (default: data/vault)
  HOLDFAST_VAULT_HOST, HOLDFAST_VAULT_PORT                           (default: 0.0.0.0, 4401)
  HOLDFAST_VAULT_CERTIFICATE, HOLDFAST_VAULT_KEY   PEM files         (default: makes its own)
  HOLDFAST_VAULT_NAMES   what its own certificate is for             (default: this machine's name, localhost)

Exit codes
  0 done   1 failed, with the reason   2 wrong use
`
