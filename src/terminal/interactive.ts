/** Whether this runs in CI: CI is set, and not empty, `0` or `false`. */
export function inCi(environment: NodeJS.ProcessEnv = process.env): boolean {
  const value = environment['CI'];
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}

/** Whether somebody is there to answer: a terminal on standard input and standard output, and no CI. */
export function somebodyIsThere(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && !inCi();
}
