/**
 * Quotes an argument for the shell that a person is likely to paste it into: a POSIX shell, on Windows PowerShell (whose single quotes
 * take everything literally as well, but are doubled inside).
 *
 * @param argument without control characters
 */
export function shellQuote(argument: string, platform: NodeJS.Platform = process.platform): string {
  const plain = platform === 'win32' ? /^[\w./:\\@%+=,-]+$/ : /^[\w./:@%+=,-]+$/;
  if (plain.test(argument)) return argument;
  const escaped = platform === 'win32' ? argument.replaceAll("'", "''") : argument.replaceAll("'", "'\\''");
  return `'${escaped}'`;
}
