/** A value that JSON can carry. Everything that enters or leaves a workflow is one. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Largest single value (argument, result, custom status, event data) in bytes of its JSON. */
export const MAX_VALUE_BYTES = 256 * 1024;
