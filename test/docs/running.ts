import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { executable } from '../executable.ts';
import { engineCache } from '../test-cache.ts';
import { type Part, partsOf, shown } from './document.ts';

/** Makes the folder that a scene begins with, and says where it is. */
export type Scenes = Readonly<Record<string, () => string | Promise<string>>>;

/** A command that ended otherwise than its page says. */
interface Surprise {
  readonly command: string;
  readonly code: number | null;
  readonly output: string;
}

export interface RunPage {
  /** The page with what its commands print now. */
  readonly page: string;
  readonly ran: number;
  readonly surprises: readonly Surprise[];
  /** Commands that aren't run here, and why. */
  readonly notRun: readonly string[];
}

/**
 * Does what a page tells its reader to do: writes its files, and runs its commands, each in the folder of its scene.
 *
 * @param bin a folder with the commands `npx` and `npm` of {@link writeCommands}
 */
export async function runPage(text: string, scenes: Scenes, bin: string): Promise<RunPage> {
  const parts = partsOf(text);
  let folder: string | null = null;
  let ran = 0;
  const surprises: Surprise[] = [];
  const notRun: string[] = [];
  const out: string[] = [];
  const here = (part: Part): string => {
    if (folder === null) throw new Error(`No scene was set before:\n${part.text}`);
    return folder;
  };
  for (const part of parts) {
    out.push(part.text);
    switch (part.type) {
      case 'text':
        break;
      case 'scene': {
        const scene = scenes[part.name];
        if (scene === undefined) throw new Error(`There is no scene ${part.name}.`);
        folder = await scene();
        break;
      }
      case 'file':
        if (folder !== null) write(join(folder, part.path), part.content);
        break;
      case 'commands': {
        if (part.notRun !== null) {
          notRun.push(...part.commands.map((command) => `${command} (${part.notRun})`));
          break;
        }
        const printed: { command: string; output: string }[] = [];
        for (const [index, command] of part.commands.entries()) {
          const { code, output } = await shell(command, here(part), bin);
          ran += 1;
          printed.push({ command, output });
          const expected = index === part.commands.length - 1 ? part.exit : 0;
          if (code !== expected) surprises.push({ command, code, output });
        }
        if (part.shows) out[out.length - 1] = shown(printed);
        break;
      }
    }
  }
  return { page: out.join('\n'), ran, surprises, notRun };
}

/**
 * `npx create-dstack-plugin`, which runs the built executable.
 *
 * @param flags of npx itself, which stand before the package
 */
export function writeCommands(bin: string, flags: readonly string[] = []): void {
  const tool = `exec "${process.execPath}" "${executable}" "$@"`;
  write(
    join(bin, 'npx'),
    `#!/bin/sh\n${'shift; '.repeat(flags.length)}name=$1; shift\ncase "$name" in\ncreate-dstack-plugin|create-dstack-plugin@*) ${tool} ;;\n*) echo "npx $name isn't run here" >&2; exit 99 ;;\nesac\n`,
    0o755,
  );
}

function write(file: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}

/** Runs a command as a reader's shell does, without a terminal; what it prints is what a page shows. */
function shell(
  command: string,
  cwd: string,
  bin: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], {
      cwd,
      env: {
        ...process.env,
        PATH: `${bin}:${process.env['PATH']}`,
        CI: undefined,
        NO_COLOR: '1',
        FORCE_COLOR: undefined,
        COLUMNS: '80',
        CREATE_DSTACK_PLUGIN_CACHE: engineCache,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      output += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: code === 0 || output !== '' ? output : errors }));
  });
}
