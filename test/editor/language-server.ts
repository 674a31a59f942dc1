import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(
  new URL('../../node_modules/yaml-language-server/bin/yaml-language-server', import.meta.url),
);

/** Where the package's files can be had, and so its schemas. */
const published = 'https://unpkg.com/create-dstack-plugin/';

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}

/** An editor with one file open, as far as the YAML language server can tell. */
export interface Editor {
  /** What is underlined, as `LINE: message`, from top to bottom. */
  readonly problems: readonly string[];
  /** What is offered at a place, lines and columns counted from 0. */
  completions(line: number, character: number): Promise<readonly string[]>;
  /** What is shown for the word at a place. */
  hover(line: number, character: number): Promise<string>;
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

/**
 * Opens a text in the language server that editors use for YAML. Schemas of this package are answered from this checkout, at the address
 * where they will be; any other address isn't there.
 */
export async function openInEditor(name: string, text: string): Promise<Editor> {
  const child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill());
  const waiting = new Map<number | string, (result: unknown) => void>();
  let diagnosed: (diagnostics: readonly Diagnostic[]) => void;
  const diagnostics = new Promise<readonly Diagnostic[]>((resolve) => {
    diagnosed = resolve;
  });
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  let next = 0;
  const ask = (method: string, params: object): Promise<unknown> => {
    const id = next++;
    send({ id, method, params });
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const take = ({ id, method, params, result }: Message): void => {
    if (method === 'textDocument/publishDiagnostics')
      diagnosed((params as { readonly diagnostics: readonly Diagnostic[] }).diagnostics);
    else if (id !== undefined && method === undefined) waiting.get(id)?.(result);
    else if (id !== undefined) send({ id, ...answer(method ?? '', params) });
  };
  let received = Buffer.alloc(0);
  child.stdout.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const head = received.indexOf('\r\n\r\n');
      const [, length] =
        /Content-Length: (\d+)/i.exec(received.subarray(0, Math.max(head, 0)).toString()) ?? [];
      const end = head + 4 + Number(length);
      if (head < 0 || received.length < end) return;
      take(JSON.parse(received.subarray(head + 4, end).toString()));
      received = received.subarray(end);
    }
  });

  const uri = `file:///project/${name}`;
  await ask('initialize', { processId: process.pid, rootUri: 'file:///project', capabilities: {} });
  send({ method: 'initialized', params: {} });
  send({ method: 'yaml/registerContentRequest', params: {} });
  send({ method: 'workspace/didChangeConfiguration', params: { settings } });
  send({
    method: 'textDocument/didOpen',
    params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
  });
  const sorted = (await diagnostics).toSorted((a, b) => a.range.start.line - b.range.start.line);
  const problems = sorted.map(({ message, range }) => `${range.start.line + 1}: ${message}`);
  const at = (line: number, character: number) => ({
    textDocument: { uri },
    position: { line, character },
  });
  return {
    problems,
    async completions(line, character) {
      const found = await ask('textDocument/completion', at(line, character));
      return (found as { readonly items: readonly { readonly label: string }[] }).items.map(
        ({ label }) => label,
      );
    },
    async hover(line, character) {
      return JSON.stringify(await ask('textDocument/hover', at(line, character)));
    },
  };
}

const settings = {
  yaml: { validate: true, completion: true, hover: true, schemaStore: { enable: false }, schemas: {} },
};

/** What the editor answers to the server: its settings, and what it fetches. */
function answer(method: string, params: unknown): object {
  if (method === 'workspace/configuration') return { result: [settings.yaml, {}, {}, {}, {}] };
  if (method !== 'vscode/content') return { result: null };
  const address = String(params);
  if (!address.startsWith(`${published}schemas/`)) return { error: { code: 404, message: `No ${address}` } };
  const file = new URL(`../../${address.slice(published.length)}`, import.meta.url);
  return { result: readFileSync(file, 'utf8') };
}
