/** Bundles the services if their sources changed, and finds a nats-server, before the first spec. */
module.exports = async () => (await import('../tools/dev/stack.mjs')).prepare();
