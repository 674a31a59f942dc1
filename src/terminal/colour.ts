import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * Whether to colour what goes to a stream. FORCE_COLOR, where it is set, decides as in Node itself (empty, `1`, `2`, `3` and `true` are
 * yes, anything else is no); then a NO_COLOR that isn't empty and a dumb terminal say no; then it is whether the stream is a terminal.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return ['', '1', '2', '3', 'true'].includes(forced);
  if (environment['NO_COLOR'] || environment['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

/** Functions that colour text, or leave it as it is. */
export function colours(enabled: boolean): Colours {
  return picocolors.createColors(enabled);
}
