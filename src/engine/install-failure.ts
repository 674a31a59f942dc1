import { ExitCode, Failure } from '../failure.ts';

export interface InstallAttempt {
  /** The requirement of dstack, and its version where it is for exactly one. */
  readonly requirement: string;
  readonly version: string | null;
  /** The target's name. */
  readonly project: string;
  /** All that uv printed. */
  readonly output: string;
}

/** Turns what uv says of an install that failed into the sentence for its cause (exit code 3), with uv's own words in its details. */
export function installFailure({ requirement, version, project, output }: InstallAttempt): Failure {
  const words = relevantWords(output);
  const flat = words.replaceAll(/[\s│├╰─▶×]+/g, ' ');
  const dstack = version === null ? requirement : `dstack ${version}`;
  const failure = (code: string, text: string, hint: string): Failure =>
    new Failure({ code, text, exitCode: ExitCode.cannotRun, hint, details: words });
  if (
    /error sending request|failed to fetch|dns error|tcp connect|connection (refused|reset)|timed out/i.test(
      flat,
    )
  ) {
    return failure(
      'index-unreachable',
      `${dstack} can't be installed: the package index can't be reached.`,
      'Check the network, the proxy, and the settings of uv (UV_DEFAULT_INDEX) or pip (PIP_INDEX_URL).',
    );
  }
  if (
    /there (is|are) no versions? of dstack\b|(only|no) .{0,40}dstack.{0,60} (is|are) available/i.test(flat) &&
    !/depends on dstack/.test(flat)
  ) {
    return failure(
      'dstack-not-found',
      `The package index has no ${dstack}.`,
      'The versions are listed on the page of dstack in the index; name one that is there.',
    );
  }
  if (/unsatisfiable|conflict|requires-python|Requires-Python/.test(flat)) {
    const refused = /depends on dstack\b|dstack(\[[^\]]*\])?[=<>!~]/.test(flat);
    return failure(
      refused ? 'dstack-refused' : 'requirements-unsatisfiable',
      refused
        ? `The requirements of ${project} and ${dstack} don't go together.`
        : `The requirements of ${project} can't be met.`,
      'Change the requirement that is named above, or choose another dstack with --dstack.',
    );
  }
  if (/failed to build|build backend|failed to prepare|metadata_|build_editable/i.test(flat)) {
    return failure(
      'build-failed',
      `${project} can't be installed: its build fails.`,
      'It has to install with `pip install -e .`; what the build backend says is above.',
    );
  }
  return failure('install-failed', `${project} and ${dstack} can't be installed.`, 'What uv says is above.');
}

/** A dstack from before there were plugins, or from before they were called as they are now. */
export function dstackTooOld(text: string): Failure {
  return new Failure({
    code: 'dstack-too-old',
    text,
    exitCode: ExitCode.cannotRun,
    hint: 'Choose a newer one with --dstack.',
  });
}

/** uv's output without its progress: how it begins and how it ends, since the middle of a long one is a backend's traceback. */
function relevantWords(output: string): string {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '' && !progress.test(line));
  return lines.length <= 25
    ? lines.join('\n')
    : [...lines.slice(0, 4), '  …', ...lines.slice(-20)].join('\n');
}

const progress =
  /^\s*(Using |Creating |Activate |Resolved |Prepared |Installed |Updating |Updated |Building |Built |Downloading |Downloaded |warning: .*hardlink|[~^]+\s*$)/;
