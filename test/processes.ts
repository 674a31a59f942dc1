import { readdirSync, readFileSync } from 'node:fs';

/** The ids of running processes whose command line or environment holds a text. */
export function processesWith(what: 'cmdline' | 'environ', text: string): readonly string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/${what}`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}
