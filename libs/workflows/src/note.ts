/** The beginning of a text, as much of it as a note holds. */
export const fit = (text: string): string => text.slice(0, 2000).toWellFormed();
