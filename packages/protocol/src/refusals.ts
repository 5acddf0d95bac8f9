/**
 * Everything that can go wrong between a server and its portal, as a closed list: a code that never changes, a title,
 * what it means, and what to do about it. The remote management log, the console, the agent's CLI and the doctor all
 * print from here, so a person on the telephone hears the same words from both ends.
 *
 * `kind` says what the code does: a `refusal` keeps a link from coming up, an `ending` says why one ended, a `failure`
 * is work that did not succeed, a `notice` is worth knowing while all goes on.
 */
type Entry = {
  readonly kind: 'refusal' | 'ending' | 'failure' | 'notice'
  readonly title: string
  readonly meaning: string
  readonly todo: string
}

export const REFUSALS = {
  // ── Who are you? ─────────────────────────────────────────────────────────────────────────────────────────────
  name_or_password_wrong: {
    kind: 'refusal',
    title: 'Name or password is wrong',
    meaning:
      'The portal did not accept this name with this password. It never says which of the two is wrong.',
    todo: 'Compare the name with the one in the console, letter by letter. If it is right, set a new password for this server in the console and join again.',
  },
  wrong_password: {
    kind: 'refusal',
    title: 'Wrong password',
    meaning:
      'A server with this name tried to connect with another management password than the one registered here.',
    todo: 'Someone typed it differently at the server and here. Set a new password for this server and run "holdfast-agent join" on it again.',
  },
  unknown_server: {
    kind: 'refusal',
    title: 'Unknown server name',
    meaning: 'The customer exists, but has no server of this name.',
    todo: 'Add the server to this customer, or correct the name at the server with "holdfast-agent join".',
  },
  unknown_customer: {
    kind: 'refusal',
    title: 'Unknown customer',
    meaning: 'No customer has this handle (the part of the name before the slash).',
    todo: 'Correct the name at the server with "holdfast-agent join", or add the customer.',
  },
  too_many_attempts: {
    kind: 'refusal',
    title: 'Too many attempts',
    meaning: 'There were too many failed attempts from this address or with this name.',
    todo: 'Wait: the agent tries again by itself when the portal allows it. If nobody mistyped anything, look who is knocking in the remote management log.',
  },
  clone_refused: {
    kind: 'refusal',
    title: 'This server is already connected from another machine',
    meaning:
      'Another installation with the same name and password is online, or was until a moment ago. The one that was there first stays.',
    todo: 'The console shows both machines on the page of this server. If this one was copied, choose "Split" there and type "holdfast-agent join" here; backups and keys stay. If this one replaces the other, stop the agent there, or choose "The other machine is the right one".',
  },
  session_stale: {
    kind: 'refusal',
    title: 'An older connection came too late',
    meaning: 'This connection began before the one that is live now.',
    todo: 'Nothing: the newer connection is in use.',
  },

  // ── What are you speaking? ───────────────────────────────────────────────────────────────────────────────────
  malformed_message: {
    kind: 'refusal',
    title: 'Message not understood',
    meaning: 'The other end sent something that is no message of the Holdfast protocol.',
    todo: 'Update the older of the two ends. If both are current, something else is speaking on this port.',
  },
  message_too_large: {
    kind: 'refusal',
    title: 'Message too large',
    meaning: 'The other end sent more than one message may hold.',
    todo: 'Update the agent. If it is current, something else is speaking on this port.',
  },
  handshake_expected: {
    kind: 'refusal',
    title: 'Message before the handshake',
    meaning: 'The other end sent a message before it had proved who it is. It was not read.',
    todo: 'Update the agent. If it is current, something else is speaking on this port.',
  },
  handshake_timeout: {
    kind: 'refusal',
    title: 'Handshake took too long',
    meaning: 'The connection was open, but the other end did not finish proving who it is.',
    todo: 'Check the line and the load of the machine. The agent tries again by itself.',
  },
  protocol_unsupported: {
    kind: 'refusal',
    title: 'Version too old',
    meaning: 'The other end speaks a version of the protocol that is no longer spoken here.',
    todo: 'Update the older of the two ends.',
  },
  proof_invalid: {
    kind: 'refusal',
    title: 'Proof not valid',
    meaning: 'The other end knew the name, but its proof of the password does not hold.',
    todo: 'Run "holdfast-agent join" on the server again. If this repeats, someone may be tampering with the line.',
  },
  portal_not_proven: {
    kind: 'refusal',
    title: 'The portal did not prove itself',
    meaning:
      'The other end accepted the connection, but cannot prove that it is the portal this server was registered at.',
    todo: 'Check the address. If it is right, ask your provider; do not type the password anywhere.',
  },
  portal_busy: {
    kind: 'refusal',
    title: 'The portal is busy',
    meaning: 'Many servers are connecting at this moment, and the portal asked this one to wait its turn.',
    todo: 'Nothing: the agent comes back by itself at the time the portal gave it.',
  },

  // ── Is the line clean? ───────────────────────────────────────────────────────────────────────────────────────
  tls_intercepted: {
    kind: 'refusal',
    title: 'Something opens the encrypted connection',
    meaning:
      'Between server and portal something ends the TLS connection and makes a new one, with a certificate of its own.',
    todo: "Ask the network administrator to exempt the portal's address from TLS inspection. If a load balancer of the provider does this on purpose, tell the portal its certificate's hash.",
  },
  plain_to_tls: {
    kind: 'refusal',
    title: 'Plain HTTP on the encrypted port',
    meaning: 'Something spoke to the gateway without TLS. The agent always uses TLS, so this was no agent.',
    todo: "Use the console's own address in a browser. If a proxy sits in front of the gateway, let it pass TLS through.",
  },
  tls_to_plain: {
    kind: 'refusal',
    title: 'The port does not speak TLS',
    meaning: 'The agent reached the address, but what answers there does not encrypt.',
    todo: "Check the port: the gateway listens on 16888 unless set otherwise; the console's port is another one.",
  },
  certificate_expired: {
    kind: 'notice',
    title: "The portal's certificate has expired",
    meaning:
      'The link is safe all the same, because both ends prove themselves by the management password. Firewalls may object, though.',
    todo: 'Whoever runs the portal gives its gateway a new certificate, or takes the expired one away: then it makes itself one at its next start.',
  },
  certificate_changed: {
    kind: 'notice',
    title: 'The portal has a new certificate',
    meaning: 'It is not the one from last time. The portal has proven that it is its own.',
    todo: 'Nothing: the agent has remembered the new one.',
  },
  clock_skew: {
    kind: 'notice',
    title: "The server's clock is wrong",
    meaning:
      "Its clock and the portal's differ by more than five minutes. Schedules and snapshot times follow the server's clock.",
    todo: "Turn on time synchronisation (NTP) on the server, and compare the portal's own clock if several servers show this.",
  },

  // ── Can you get there at all? ────────────────────────────────────────────────────────────────────────────────
  name_not_found: {
    kind: 'refusal',
    title: 'Address not found',
    meaning: "DNS does not know the portal's name.",
    todo: 'Check the address for a typing error, and the server\'s DNS settings with "nslookup".',
  },
  resolver_unreachable: {
    kind: 'refusal',
    title: 'A DNS server does not answer',
    meaning:
      "A DNS server that this machine is set to ask does not answer. While another one does, each lookup only takes longer; without any, the portal's name cannot be looked up.",
    todo: "Check the server's network connection and its DNS settings, and take out the DNS servers that are gone.",
  },
  connection_refused: {
    kind: 'refusal',
    title: 'Connection refused',
    meaning:
      'The machine at this address answered that nothing listens on this port, or a firewall said so in its place.',
    todo: 'Check the port, that the portal is running, and that its router forwards this port.',
  },
  connection_timeout: {
    kind: 'refusal',
    title: 'No answer',
    meaning: 'Packets to this address and port disappear. Most often a firewall drops them.',
    todo: "Allow outbound TCP to the portal's address and port in the firewall, or try another port of the portal.",
  },
  host_unreachable: {
    kind: 'refusal',
    title: 'Host not reachable',
    meaning: 'The network says that this address cannot be reached, or that a firewall forbids it.',
    todo: "Check the address, the server's gateway, and the firewall.",
  },
  network_unreachable: {
    kind: 'refusal',
    title: 'No route',
    meaning: 'The server has no route to this address.',
    todo: "Check the server's network connection and its default gateway.",
  },
  connection_reset: {
    kind: 'refusal',
    title: 'Connection cut while it was being made',
    meaning:
      'Something accepted the connection and cut it at once, as firewalls do that dislike what they see.',
    todo: 'Check the port. If it is right, ask the network administrator what inspects this connection.',
  },
  unexpected_response: {
    kind: 'refusal',
    title: 'Something else answers',
    meaning: 'A web server or proxy answers at this address, but not a Holdfast gateway.',
    todo: 'Check address and port. A captive portal or a proxy on the way can also be the reason.',
  },

  upgrade_stripped: {
    kind: 'refusal',
    title: 'A proxy does not let the connection through',
    meaning:
      'The portal was reached, but something on the way removed the request to change to a websocket, which every link needs.',
    todo: 'Ask the network administrator to let websockets to this address pass, or to exempt it from the proxy.',
  },
  proxy_unreachable: {
    kind: 'refusal',
    title: 'The proxy does not answer',
    meaning: 'The HTTP proxy that this agent was told to use cannot be reached.',
    todo: 'Check the address of the proxy: "holdfast-agent proxy" shows and sets it. Where nothing is set, HTTPS_PROXY counts.',
  },
  proxy_auth_required: {
    kind: 'refusal',
    title: 'The proxy asks for a name and a password',
    meaning:
      'The HTTP proxy does not let anybody through who has not signed in to it, or it did not take the password.',
    todo: 'Give the agent the name and password with "holdfast-agent proxy", or ask the network administrator to let this address pass without.',
  },
  proxy_refused: {
    kind: 'refusal',
    title: 'The proxy refuses this address',
    meaning: 'The HTTP proxy answers, but does not connect to the address and port of the portal.',
    todo: "Ask the network administrator to allow CONNECT to the portal's address and port, or use port 443 of the portal.",
  },
  dns_changed: {
    kind: 'notice',
    title: 'The name leads somewhere else than before',
    meaning:
      'DNS answers with other addresses than at the last good connection, or its servers do not agree.',
    todo: "If the portal has moved, all is well. Otherwise compare with the provider's address: a wrong entry in DNS or in the hosts file leads to a stranger.",
  },
  several_routes: {
    kind: 'notice',
    title: 'There is more than one default gateway',
    meaning: 'Which one a connection takes may change, and a firewall that sees only half of it drops it.',
    todo: "Leave one default gateway, or give the portal's address a route of its own.",
  },
  vault_unreachable: {
    kind: 'failure',
    title: 'The vault cannot be reached',
    meaning: 'The link to the portal may work, but the port to which backups go does not answer.',
    todo: "Allow outbound TCP to the vault's address and port in the firewall. Until then snapshots go through the portal's port, where the portal reaches the vault and leads servers to it.",
  },
  vault_certificate_wrong: {
    kind: 'failure',
    title: "The vault's certificate is not the expected one",
    meaning:
      'Something answers at the vault’s address, but its certificate is not the one that was registered, has expired, or is not made for this address.',
    todo: 'Compare the fingerprint with the one that "holdfast-vault serve" prints at its start. If the vault has a new certificate, save it anew in the console under Vaults. If not, something stands between.',
  },
  vault_distrusts_portal: {
    kind: 'failure',
    title: "The vault does not trust this portal's key",
    meaning: 'The vault answers, but does not believe what this portal signs.',
    todo: 'On the vault’s machine, type the line "holdfast-vault key trust" that the console shows under Vaults, and start the vault again. Then check the clocks of both machines.',
  },
  not_a_vault: {
    kind: 'failure',
    title: 'This is no Holdfast vault',
    meaning: 'Something answers at this address, but it is not a vault, or a much older one.',
    todo: 'Check address and port: a vault listens on 4401 unless told otherwise.',
  },
  vault_grant_missing: {
    kind: 'failure',
    title: 'The leave to use the vault has run out',
    meaning:
      'A server may use its vault for some weeks at a time, by leave of its portal, which renews that whenever they are connected. They have not been for too long.',
    todo: 'Bring the server back to its portal: "holdfast-agent doctor" says what keeps it away. Everything in the vault is safe meanwhile.',
  },
  vault_grant_ending: {
    kind: 'notice',
    title: 'The leave to use the vault runs out soon',
    meaning:
      'The server has not been connected to its portal for weeks, so the leave to write to the vault was not renewed. Backups still run.',
    todo: 'Bring the server back to its portal before the date beside this: "holdfast-agent doctor" says what keeps it away.',
  },

  // ── Why did it end? ──────────────────────────────────────────────────────────────────────────────────────────
  connection_lost: {
    kind: 'ending',
    title: 'Connection lost',
    meaning: 'The line was cut, or the machine or the agent was switched off without saying goodbye.',
    todo: 'Nothing, if it comes back. Otherwise check the server and its network. Its backups go on meanwhile.',
  },
  ping_timeout: {
    kind: 'ending',
    title: 'No sign of life',
    meaning: 'The other end stopped answering although the connection was still open.',
    todo: 'Check the line and the load of the machine. Backups go on meanwhile.',
  },
  agent_stopped: {
    kind: 'ending',
    title: 'The agent was stopped',
    meaning: 'Somebody at the server ended the agent in an orderly way.',
    todo: 'Start it again with "holdfast-agent run". No backups run while it is stopped.',
  },
  portal_closing: {
    kind: 'ending',
    title: 'The portal is restarting',
    meaning: 'The portal ended the link in an orderly way.',
    todo: 'Nothing: the agent comes back by itself.',
  },
  superseded: {
    kind: 'ending',
    title: 'Replaced by a newer connection',
    meaning: 'The same agent connected again, so its older connection was closed.',
    todo: 'Nothing: the newer connection is in use.',
  },
  password_changed: {
    kind: 'ending',
    title: 'The password was changed',
    meaning: 'A new management password was set for this server in the console.',
    todo: 'Run "holdfast-agent join" on the server with the new token.',
  },
  never_connected: {
    kind: 'ending',
    title: 'Has not connected yet',
    meaning: 'The server is registered here, but its agent has never connected.',
    todo: 'Run "holdfast-agent join" on the server and paste the join token.',
  },
  portal_restarted: {
    kind: 'ending',
    title: 'The portal was restarted',
    meaning: 'The portal went down without saying goodbye, and the server has not come back yet.',
    todo: 'Nothing, for the next minute: agents come back by themselves.',
  },

  // ── What was asked, and may it be done? ──────────────────────────────────────────────────────────────────────
  policy_refused: {
    kind: 'failure',
    title: 'The server does not allow it',
    meaning: 'The policy that the agent keeps for this portal forbids what was asked.',
    todo: 'Only a person at the server can allow it, with "holdfast-agent policy". The line to type stands beside this.',
  },
  recovery_key_changed: {
    kind: 'notice',
    title: 'Another recovery key waits for somebody at the site',
    meaning:
      'The portal names another recovery key than the one that keys are sealed to. It is not used: whoever steals a portal could otherwise have all keys sealed to himself.',
    todo: 'Compare it with the printed recovery kit. If it is the same, type at the server: holdfast-agent recovery accept, and the key.',
  },
  too_many_reports: {
    kind: 'notice',
    title: 'Reports are taken in slowly',
    meaning:
      'The server reports more than an agent has to tell that only makes backups. The rest waits on the server, and nothing of it is lost.',
    todo: 'Nothing, if the server was offline for a long time. If it goes on, look at what runs on the server.',
  },
  command_expired: {
    kind: 'failure',
    title: 'Too late',
    meaning: "The server could not be reached before the command's deadline, so it was not carried out.",
    todo: 'Give the command again once the server is online.',
  },
  server_offline: {
    kind: 'failure',
    title: 'The server is offline',
    meaning: 'The server has to be online for this.',
    todo: 'Wait until it is back. Its page says why it is offline. Its backups go on meanwhile.',
  },
  no_answer: {
    kind: 'failure',
    title: 'The server did not answer in time',
    meaning: 'The link is up, but the agent did not answer.',
    todo: 'Try again. If it repeats, look at the load of the server.',
  },
  capability_missing: {
    kind: 'failure',
    title: 'The agent cannot do this yet',
    meaning: 'Its version does not know this kind of request.',
    todo: 'Update the agent on the server.',
  },
  plan_unknown: {
    kind: 'failure',
    title: 'The server does not have this plan',
    meaning: 'The agent holds another revision of the plan, or none.',
    todo: 'Try again: the portal sends the plan anew whenever the server connects.',
  },
  repository_unknown: {
    kind: 'failure',
    title: "The server does not have this repository's key",
    meaning: 'The agent was set up anew, or its state was lost.',
    todo: "Bring back the agent's state from its own backup, or create a new repository.",
  },
  run_unknown: {
    kind: 'failure',
    title: 'There is no such run',
    meaning: 'The run has already ended, or belongs to another installation.',
    todo: 'Look at the run history.',
  },
  run_already_active: {
    kind: 'failure',
    title: 'This plan is already running',
    meaning: 'Two runs of one plan at the same time would back up the same files twice.',
    todo: 'Wait for the run to end, or cancel it.',
  },
  interrupted: {
    kind: 'failure',
    title: 'Cut in the middle',
    meaning: 'The agent or its machine went down while this was being done. It was not repeated by itself.',
    todo: 'Start it again. What earlier backups saved is not affected.',
  },

  clone_split: {
    kind: 'ending',
    title: 'This copy became a server of its own',
    meaning:
      'Somebody decided that the second machine is another server, and gave it an identity of its own.',
    todo: 'Type "holdfast-agent join" on it and paste the join token of its own server. Its backups and keys stay.',
  },

  // ── The agent at home ────────────────────────────────────────────────────────────────────────────────────────
  not_joined: {
    kind: 'failure',
    title: 'This agent has no portal yet',
    meaning: 'It does not know where to connect.',
    todo: 'Run "holdfast-agent join" and paste the join token from the console.',
  },
  join_token_invalid: {
    kind: 'failure',
    title: 'This is not a join token',
    meaning: 'A join token begins with "holdfast-join-" and must be pasted whole.',
    todo: 'Copy it again from the console, with the copy button. It is shown only once; set a new password there if it is gone.',
  },
  already_running: {
    kind: 'failure',
    title: 'An agent is already running here',
    meaning: 'Another process uses the same state folder.',
    todo: 'See it with "holdfast-agent status". Stop that one first if you mean to replace it.',
  },
  listen_port_taken: {
    kind: 'failure',
    title: 'The port to listen on is taken',
    meaning: 'Another program on this machine uses the port on which the agent was to wait for its portal.',
    todo: 'End that program, or choose another port with "holdfast-agent listen".',
  },
  listen_impossible: {
    kind: 'failure',
    title: 'The agent cannot listen there',
    meaning: 'This machine has no such address, or does not let the agent use this port.',
    todo: 'Choose an address of this machine, or a port above 1023, with "holdfast-agent listen".',
  },
  agent_not_running: {
    kind: 'failure',
    title: 'The agent is not running',
    meaning: 'No agent process answers on this machine.',
    todo: 'Start it with "holdfast-agent run".',
  },
  state_corrupt: {
    kind: 'failure',
    title: "The agent's state file is damaged",
    meaning: 'It cannot be read as the database it should be. Nothing in it was changed or deleted.',
    todo: 'Bring the file back from a backup of this machine. Without one, move it away and run "holdfast-agent join" again; keep the damaged file, because it holds repository keys.',
  },
  state_too_new: {
    kind: 'failure',
    title: "The agent's state was written by a newer agent",
    meaning: 'This version cannot read it. Nothing in it was changed.',
    todo: 'Use the newer agent again. Do not delete the file: it holds repository keys.',
  },
  state_unwritable: {
    kind: 'failure',
    title: 'The agent cannot write its state',
    meaning: 'Its state folder is read-only, full, or belongs to somebody else.',
    todo: 'Check free space and the owner of the state folder. "holdfast-agent status" names it.',
  },

  // ── Looking at a server's folders ────────────────────────────────────────────────────────────────────────────
  folder_missing: {
    kind: 'failure',
    title: 'No such folder',
    meaning: 'It is not on the server any more.',
    todo: 'Look at the folder above it.',
  },
  folder_unreadable: {
    kind: 'failure',
    title: 'Folder cannot be read',
    meaning: 'The user that the agent runs as may not open it.',
    todo: 'Run the agent as a user who may, or give this one the right to read it.',
  },

  // ── Backing up ───────────────────────────────────────────────────────────────────────────────────────────────
  restic_missing: {
    kind: 'failure',
    title: 'restic is not installed',
    meaning: 'The agent uses restic to make backups, and cannot find it on this server.',
    todo: 'Install it (Debian and Ubuntu: apt install restic; macOS: brew install restic), or name its path in HOLDFAST_RESTIC.',
  },
  restic_too_old: {
    kind: 'failure',
    title: 'restic is too old',
    meaning: 'The agent needs restic 0.14 or newer.',
    todo: 'Update restic on the server.',
  },
  restic_crashed: {
    kind: 'failure',
    title: 'restic ended unexpectedly',
    meaning: 'The backup program restic stopped without saying why.',
    todo: 'Read the detail beside this. If restic was killed, the machine may be short of memory.',
  },
  repository_missing: {
    kind: 'failure',
    title: 'There is no repository at this place',
    meaning: 'The folder is empty or gone. A disk that is not mounted looks just like this.',
    todo: 'Check that the disk or share is mounted, then start the backup again. Nothing was created in its place.',
  },
  folder_not_empty: {
    kind: 'failure',
    title: 'The folder is not empty',
    meaning:
      'A new repository needs a folder of its own, and this one holds other files. Nothing was changed.',
    todo: 'Choose an empty folder, or name one that does not exist yet: the server makes it.',
  },
  repository_password_wrong: {
    kind: 'failure',
    title: 'The repository has another password',
    meaning:
      'There is a repository in this folder already, and the key that this server has does not open it.',
    todo: "Choose another folder for a new repository, or bring back the agent's state that holds the key of this one.",
  },
  repository_locked: {
    kind: 'failure',
    title: 'The repository is in use by someone else',
    meaning: 'Another restic holds its lock, from another machine or started by hand.',
    todo: 'Wait for it to finish, then start the backup again. If you know that it is dead, run "restic unlock": Holdfast removes only locks of its own runs.',
  },
  repository_unreachable: {
    kind: 'failure',
    title: 'The repository cannot be reached',
    meaning:
      'The folder cannot be opened or written, or the storage or vault does not answer where this server looks for it.',
    todo: 'Check that the disk or share is mounted and writable for the user that the agent runs as. For a storage or a vault, "holdfast-agent doctor" says what stands between.',
  },
  repository_forbidden: {
    kind: 'failure',
    title: 'The repository refuses access',
    meaning: 'The storage answered that this server may not write there.',
    todo: 'Check the credentials of the repository, and its permissions.',
  },
  storage_login_missing: {
    kind: 'failure',
    title: 'The server has no login for this storage',
    meaning:
      'The storage wants a user or a key, and none was entered yet, or it was entered for another address. Logins are kept on the server alone and are never taken along to another place.',
    todo: 'Enter it in the console, at the repository, or at the server with "holdfast-agent repositories credentials".',
  },
  storage_login_refused: {
    kind: 'failure',
    title: 'The storage refuses the login',
    meaning: 'It does not know this user or key, or the password does not belong to it.',
    todo: "Enter the login again. For SFTP, put the server's public key into authorized_keys of that user: the console shows it.",
  },
  host_key_changed: {
    kind: 'failure',
    title: 'The SSH server proves itself with another key',
    meaning:
      'Its key is not the one that was confirmed for this repository. It was set up anew, or somebody else answers in its place. Nothing was sent.',
    todo: 'Ask whoever runs that machine. If its key has really changed, remove the repository and add it again with the new key; the backups there stay.',
  },
  bucket_missing: {
    kind: 'failure',
    title: 'There is no such bucket',
    meaning: 'The storage answers, but has no bucket of this name.',
    todo: 'Compare the name and the endpoint, or make the bucket there. It is not made by itself, so that a mistyped name is noticed.',
  },
  storage_read_only: {
    kind: 'failure',
    title: 'The repository can be read but not written',
    meaning: 'The storage lets this server look, but takes nothing from it, or does not let it delete.',
    todo: 'Give the login the right to write and to delete there, or mount the disk for writing.',
  },
  mount_missing: {
    kind: 'failure',
    title: 'The disk or share is not mounted',
    meaning:
      'Nothing is mounted where this repository is said to be, so the folder there belongs to the disk below. Nothing was written.',
    todo: 'Mount it, then try again. If it is no mount point any more, add the repository again without one.',
  },
  helper_missing: {
    kind: 'failure',
    title: 'A program for this kind of storage is missing',
    meaning: 'SFTP needs OpenSSH on the server, FTP and rclone remotes need rclone, and it was not found.',
    todo: 'Install it (Debian and Ubuntu: apt install openssh-client, apt install rclone), then try again.',
  },
  remote_unknown: {
    kind: 'failure',
    title: 'rclone knows no such remote',
    meaning:
      "The server's own rclone configuration has no remote of this name for the user that the agent runs as.",
    todo: 'At the server, run "rclone listremotes" as that user, and "rclone config" to add it.',
  },
  repository_damaged: {
    kind: 'failure',
    title: 'The repository is damaged',
    meaning: 'Files in the repository are missing or are not what they should be.',
    todo: 'Do not delete anything. Run "restic check --read-data" on it and look at the disk underneath.',
  },
  quota_exceeded: {
    kind: 'failure',
    title: 'The storage quota is used up',
    meaning: 'The storage takes no more data for this server.',
    todo: 'Raise the quota, or keep fewer snapshots.',
  },
  disk_full: {
    kind: 'failure',
    title: 'The disk is full',
    meaning: 'There was no room left at the repository. Earlier snapshots are not affected.',
    todo: 'Free some space on that disk, then start the backup again.',
  },
  source_missing: {
    kind: 'failure',
    title: 'A folder to back up is gone',
    meaning: 'It was there when the plan was made. Nothing was backed up, so that the gap is noticed.',
    todo: 'If it was moved or its disk is not mounted, put it back. If it is meant to be gone, take it out of the plan.',
  },
  source_unreadable: {
    kind: 'failure',
    title: 'A folder to back up cannot be read',
    meaning: 'The user that the agent runs as may not open it.',
    todo: 'Run the agent as a user who may, or give this one the right to read it.',
  },
  old_files_too_many: {
    kind: 'failure',
    title: 'Too many old files to leave out',
    meaning:
      'The plan leaves out files that have not changed for long. Each of them has to be named to restic, or the folder where everything is too old, and there are too many of them between newer ones. Nothing was backed up.',
    todo: 'Choose a longer time or none, leave out whole folders by a rule, split the plan, or move old files to folders of their own: such a folder counts once.',
  },
  files_unreadable: {
    kind: 'notice',
    title: 'Some files could not be read',
    meaning: 'A snapshot was made, but without these files.',
    todo: 'Look at the files named: they are in use, or the user that the agent runs as may not read them.',
  },
  not_offered: {
    kind: 'failure',
    title: 'The server does not offer this',
    meaning:
      'The plan names a database, command or hook that is not on the list of this server. A portal cannot put it there.',
    todo: 'Choose one that the server offers, or have a person at the server add it with "holdfast-agent databases", "commands" or "hooks".',
  },
  dump_failed: {
    kind: 'failure',
    title: 'A database or command could not be dumped',
    meaning:
      'The program that dumps it did not end well, so what it wrote was thrown away. The rest of the plan was backed up.',
    todo: 'Read what the program said, in the details of this run, and try it at the server with "holdfast-agent databases try".',
  },
  program_failed: {
    kind: 'failure',
    title: 'A hook failed',
    meaning: 'A program that the plan runs before or after the backup did not end well, or not in its time.',
    todo: 'Read what it said, in the details of this run, and try the program at the server.',
  },
  run_cancelled: {
    kind: 'failure',
    title: 'Cancelled',
    meaning: 'Somebody cancelled the run. No snapshot was made.',
    todo: 'Start it again whenever you like: what was already copied need not be copied twice once it is in a snapshot.',
  },
  drill_no_sample: {
    kind: 'failure',
    title: 'There is no sample to restore',
    meaning:
      'A restore drill brings back files that were hashed at their source right after the newest backup of a plan, and there are none: it has not been backed up since it wants drills, or no file could be hashed then.',
    todo: 'Back the plan up once, with "Try to restore" switched on. If that changes nothing, it has no file up to 256 MiB that stays as it is, as with databases alone or disk images: restore something of it by hand, and switch its drills off.',
  },
  snapshot_missing: {
    kind: 'failure',
    title: 'There is no such snapshot',
    meaning: 'The repository does not hold it (any more).',
    todo: 'Choose another one from the list.',
  },

  // ── Getting things back ──────────────────────────────────────────────────────────────────────────────────────
  not_in_snapshot: {
    kind: 'failure',
    title: 'The snapshot does not hold this',
    meaning:
      'There is no file or folder of this name in the snapshot, or it cannot be taken out in this form.',
    todo: 'Open the folder above it in the snapshot, or choose a snapshot of another time.',
  },
  restore_incomplete: {
    kind: 'notice',
    title: 'Some files could not be restored',
    meaning: 'The others are in their places. Nothing that was there before was lost.',
    todo: 'Look at the files named: they are in use, or the user that the agent runs as may not write there. Then restore the same again: what is there already is not fetched twice.',
  },
  restore_cancelled: {
    kind: 'failure',
    title: 'The restore was cancelled',
    meaning: 'Somebody ended it. What it had put into place stays there.',
    todo: 'Start the same restore again whenever you like: what is there already is not fetched twice.',
  },
  target_unsafe: {
    kind: 'failure',
    title: 'The way to the target leads elsewhere',
    meaning:
      'Below the target there is a link, or the snapshot holds a name, that would lead the restored files out of it. Nothing was written there.',
    todo: 'Choose an empty folder as the target, or remove the link that is named beside this.',
  },
  repository_read_only: {
    kind: 'failure',
    title: 'The repository belongs to another server',
    meaning: 'This server may only read it, to restore from it.',
    todo: 'Back up to a repository of this server.',
  },
  key_not_for_this_server: {
    kind: 'failure',
    title: 'The key was sealed for another server',
    meaning: 'This agent cannot open what was sent to it, because it was not sealed to it.',
    todo: 'Wait until the server is online, so that the portal knows its newest recipient, and try again.',
  },
  too_many_at_once: {
    kind: 'failure',
    title: 'The server is busy with others of these',
    meaning: 'It does only a few at the same time, so that its backups are not slowed down.',
    todo: 'Wait until one of them has ended, and try again.',
  },
  too_many_files: {
    kind: 'failure',
    title: 'Too many files for one archive',
    meaning: 'An archive of several things holds half a million files at most.',
    todo: 'Choose one folder by itself, which has no such limit, or restore to a folder of the server.',
  },
} as const satisfies Record<string, Entry>

export type RefusalCode = keyof typeof REFUSALS

const CODES: ReadonlySet<string> = new Set(Object.keys(REFUSALS))

export function isRefusalCode(text: string): text is RefusalCode {
  return CODES.has(text)
}

/** A refusal on its way to a person: which one, and the facts of this case (a path, an issuer, a holder). */
export type Refusal = {
  readonly code: RefusalCode
  readonly detail?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** How a terminal or a log prints it: one line with the code, then what to do. */
export function explain(refusal: Refusal): string {
  const { title, meaning, todo } = REFUSALS[refusal.code]
  const detail = refusal.detail ? ` (${refusal.detail})` : ''
  return `${title}${detail} [${refusal.code}]\n  ${meaning}\n  ${todo}`
}
