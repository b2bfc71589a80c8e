/**
 * What a terminal can show. The program's own words are ASCII; names and messages of others may not be, and where the
 * locale is no UTF-8 one their bytes could even drive a terminal (0x9b begins an escape sequence).
 */
import type { ProcessContext } from '../context.ts';

/** Whether the locale has ASCII only, as `LC_ALL=C` and an empty environment say. */
export function isAsciiOnly({ env, platform }: Pick<ProcessContext, 'env' | 'platform'>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  // Node writes UTF-16 to Windows consoles, and every macOS terminal is UTF-8 unless it says otherwise.
  if (platform === 'win32' || (platform === 'darwin' && !locale)) return false;
  return !/utf-?8/i.test(locale ?? '');
}

/** `\xNN`, `\uNNNN` or `\u{NNNNN}` for what is not ASCII. */
export function inAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    if (code <= 0xff) return `\\x${digits}`;
    return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
  });
}
