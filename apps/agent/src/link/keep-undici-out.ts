/**
 * Import this before socket.io-client: it asks for the global `WebSocket`, which makes Node load the whole of undici
 * (4 MiB for the life of the agent), although the agent speaks through `ws`. Hidden first, it is never loaded.
 */
Object.defineProperty(globalThis, 'WebSocket', { value: undefined, configurable: true, writable: true })
