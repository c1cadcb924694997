/** Collects garbage when it is asked to (needs `--expose-gc`), so that memory at rest can be compared. */
process.on('SIGUSR2', () => globalThis.gc?.());
