/**
 * Loaded into the executable: writes the peak of its memory, and on Linux that of the largest process that it started, to BENCH_MEMORY when
 * it ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';

let largest = 0;

/** @param {string | number} pid */
function look(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    largest = Math.max(largest, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    for (const child of childrenOf(pid)) look(child);
  } catch {
    // It is gone by now.
  }
}

/** @param {string | number} pid */
function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

if (process.platform === 'linux')
  setInterval(() => {
    for (const child of childrenOf(process.pid)) look(child);
  }, 50).unref();

process.on('exit', () => {
  const mib = (/** @type {number} */ kib) => `${Math.round(kib / 1024)} MiB`;
  const worker = largest === 0 ? '' : `, largest worker process ${mib(largest)}`;
  writeFileSync(process.env['BENCH_MEMORY'] ?? '', `Node ${mib(process.resourceUsage().maxRSS)}${worker}`);
});
