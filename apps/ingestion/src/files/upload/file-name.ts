/** Longest name; what ends it, as in `.tar.gz`, is kept up to so many characters. */
const MAX_NAME = 255;
const MAX_EXTENSION = 32;

/** Control characters, and those that turn the direction of writing, hide, or break the line. */
const UNWANTED =
  /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/gu;

/**
 * The last part of a name that somebody gave, without what could deceive people or programs. Undefined when
 * nothing is left that names a file. Names are shown and offered to save as; nothing is stored under them.
 */
export function cleanFileName(given: string): string | undefined {
  const visible = given.toWellFormed().normalize('NFC').replace(UNWANTED, '');
  const last = visible.split(/[/\\]/).at(-1) ?? '';
  const name = last.replace(/^[A-Za-z]:/, '').trim();
  if (/^[.\s]*$/.test(name)) return undefined;
  return shortened(name);
}

function shortened(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const extension = new RegExp(`(?:\\.[A-Za-z0-9]{1,${MAX_EXTENSION / 2 - 1}}){1,2}$`).exec(name)?.[0] ?? '';
  // A pair of surrogates is not cut in two.
  return name.slice(0, MAX_NAME - extension.length).replace(/[\uD800-\uDBFF]$/, '') + extension;
}
