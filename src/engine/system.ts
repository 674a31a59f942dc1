import { ExitCode, Failure } from '../failure.ts';

/**
 * Refuses a system that a plugin can't be tried on: dstack's server, whose code does it, runs on Linux, macOS, and WSL 2, and what keeps
 * replays apart is `fork`.
 *
 * @throws Failure (exit code 3)
 * @see https://github.com/dstackai/dstack/blob/master/README.md "Set up the server"
 */
export function refuseWindows(platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32') return;
  throw new Failure({
    code: 'no-windows',
    text: "Plugins are tried with the code of dstack's server, which runs on Linux, macOS, and Windows via WSL 2, but not on Windows itself.",
    exitCode: ExitCode.cannotRun,
    hint: 'Run it in WSL 2: https://learn.microsoft.com/windows/wsl/install',
  });
}
