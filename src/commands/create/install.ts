import { execa } from 'execa';
import { startProgress } from '../../terminal/progress.ts';
import { onInterrupt } from '../../terminal/signals.ts';
import type { Installer, Step } from './steps.ts';

const mostLines = 30;

/** Installs a project's dependencies with the tool of its language, which says on standard error what it is about. */
export async function install(directory: string, { command: [tool, ...args] }: Installer): Promise<Step> {
  const progress = startProgress();
  progress.step(`Installing: ${[tool, ...args].join(' ')}`);
  const child = execa(tool, args, { cwd: directory, stdin: 'ignore', all: true, reject: false });
  const release = onInterrupt(() => child.kill());
  try {
    const { failed, code, all } = await child;
    if (!failed) return { step: 'install', outcome: 'done', because: null, details: null };
    if (code === 'ENOENT') return { step: 'install', outcome: 'failed', because: 'missing', details: null };
    const lines = all.trimEnd().split('\n').slice(-mostLines);
    return { step: 'install', outcome: 'failed', because: null, details: lines.join('\n') };
  } finally {
    release();
    progress.stop();
  }
}
