import { readdirSync, readFileSync } from 'node:fs';

/** A process that runs: not one that has ended and waits to be noticed. */
export interface RunningProcess {
  readonly pid: number;
  /** The name of its program, as the system cuts it. */
  readonly name: string;
}

interface Entry extends RunningProcess {
  readonly group: number;
}

/** The processes of a group; none where the group is gone. Elsewhere than on Linux they are known to be there, but not by name. */
export function processesOfGroup(group: number): readonly RunningProcess[] {
  if (!groupExists(group)) return [];
  if (process.platform !== 'linux') return [{ pid: group, name: 'a process' }];
  return entries().filter((entry) => entry.group === group);
}

/** The processes that were started with this variable in their environment, by whomever. Linux only; elsewhere none is found. */
export function processesWith(variable: string, value: string): readonly RunningProcess[] {
  const wanted = Buffer.from(`${variable}=${value}\0`);
  return process.platform === 'linux' ? entries().filter(({ pid }) => environmentHolds(pid, wanted)) : [];
}

/** Whether a group has members, be they dead and unnoticed ones. */
function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function entries(): readonly Entry[] {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.flatMap((name) => (/^\d+$/.test(name) ? (entryOf(Number(name)) ?? []) : []));
}

function entryOf(pid: number): Entry | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It ended meanwhile, or is somebody else's.
    return null;
  }
  // `pid (name) state parent group …`, and a name may hold anything.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const [state = '', , group = ''] = text.slice(close + 2).split(' ');
  if (/[ZXx]/.test(state)) return null;
  return { pid, name: text.slice(open + 1, close), group: Number(group) };
}

function environmentHolds(pid: number, wanted: Buffer): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).includes(wanted);
  } catch {
    return false;
  }
}
