/**
 * Whether names of files that go to a stream may be links. Which terminals know links is a list that supports-hyperlinks keeps; it honours
 * FORCE_HYPERLINK, and is loaded only where there is a terminal.
 */
export async function wantsLinks(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (environment['FORCE_HYPERLINK'] === undefined && stream.isTTY !== true) return false;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks(stream);
}
