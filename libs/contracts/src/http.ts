/** Where things are under `PUBLIC_URL`: the one origin that clients see, never taken from a Host header. */

/** Absolute address of an instance's public status. */
export const statusUri = (publicUrl: string, id: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/api/status/${encodeURIComponent(id)}`;
