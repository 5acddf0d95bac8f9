/**
 * The wire between agents and portals: all that both ends must agree on, and nothing else. PROTOCOL.md tells the story;
 * these files are its law. What stands here also runs in a browser; the handshake, which needs Node's crypto, has an
 * entry of its own: `@holdfast/protocol/handshake`.
 */
export * from './capabilities.ts'
export * from './dial-faults.ts'
export * from './doctor-code.ts'
export * from './excludes/index.ts'
export * from './history.ts'
export * from './join-token.ts'
export * from './limits.ts'
export * from './link-state.ts'
export * from './messages/index.ts'
export * from './names.ts'
export * from './password.ts'
export * from './refusals.ts'
export * from './repository-credentials.ts'
export * from './repository-key.ts'
export * from './repository-place.ts'
export * from './vault-relay.ts'
