/**
 * The protocol's history as data. Each entry says what an end that speaks this version understands.
 * The version a peer names is a fact about it, never a reason to turn it away: an old agent keeps working,
 * and what it lacks shows in its capabilities (capabilities.ts). Only a version below `OLDEST_SPOKEN` is
 * refused, with `protocol_unsupported`.
 */
export const PROTOCOL_HISTORY = [
  {
    version: 1,
    date: '2026-11-21',
    understands:
      'hello, challenge, proof and welcome over OPAQUE with channel binding; commands createRepository, startRun and cancelRun; wanted plans; the browse query; reports of commands, runs, plans and repositories; live progress',
  },
  {
    version: 2,
    date: '2026-11-21',
    understands:
      'callingFor: links that the portal dials to an agent that listens; join tokens without addresses',
  },
  {
    version: 3,
    date: '2026-11-21',
    understands: 'plans with a schedule, which the agent keeps by itself; why a run began',
  },
  {
    version: 4,
    date: '2026-11-21',
    understands: 'plans with retention: which snapshots stay, and what a run removed after its backup',
  },
  {
    version: 5,
    date: '2026-11-21',
    understands:
      'receipts say why plans were refused, and after how long reports that come too fast may be sent again',
  },
  {
    version: 6,
    date: '2026-11-21',
    understands:
      'repositories of other kinds than folders; the recipient of an agent, to which keys are sealed for it; questions about snapshots; the commands restore, cancelRestore, openRepository and closeRepository with their report and progress; downloads, also of several things as one zip; vaults with standing grants, under which an agent signs its own tokens, and a way to them through the gateway; plans name the recovery key of the customer, and repository keys are reported sealed to it; plans that leave things out, and that name databases, commands and hooks of the server; restore drills, signed, by themselves or by the command startDrill, and manifests of what was backed up; plans that leave things out, and that name databases, commands and hooks of the server, limit the bandwidth and read repositories back; plans that leave out files by their age, and how many those were',
  },
] as const

export const PROTOCOL_VERSION = 6
export const OLDEST_SPOKEN = 1

/** Port on which a gateway (or a listening agent) waits for links unless told otherwise. */
export const DEFAULT_LINK_PORT = 16888
