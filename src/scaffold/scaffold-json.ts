import type { Failure } from '../failure.ts';
import { patchOf } from './difference.ts';
import { bytesOf, type Operation } from './operations.ts';

interface ReportedStep {
  readonly step: string;
  readonly outcome: string;
  readonly because: string | null;
  readonly details: string | null;
}

/** What a run of `create` or `add` planned and did, for other programs. */
export interface ScaffoldReport {
  readonly tool: string;
  readonly command: 'create' | 'add';
  /** Absolute; null where the run ended before it was known. */
  readonly directory: string | null;
  readonly dryRun: boolean;
  readonly operations: readonly Operation[];
  /** Whether the operations' patches are part of it. */
  readonly diff: boolean;
  readonly written: boolean;
  /** What came after the files. */
  readonly steps: readonly ReportedStep[];
  /** What is left to be done by hand. */
  readonly byHand: readonly {
    readonly path: string;
    readonly what: string;
    readonly lines: readonly string[];
  }[];
  /** Commands to go on with. */
  readonly next: readonly string[];
  readonly error: Failure | null;
  readonly exitCode: number;
}

/** As `schemas/scaffold-1.json` describes it: every key there, two spaces deep, one line end last. */
export function scaffoldJson(report: ScaffoldReport): string {
  const { error } = report;
  const document = {
    schema: 1,
    tool: report.tool,
    command: report.command,
    directory: report.directory,
    dryRun: report.dryRun,
    operations: report.operations.map((operation) => operationOf(operation, report.diff)),
    written: report.written,
    steps: report.steps.map(({ step, outcome, because, details }) => ({ step, outcome, because, details })),
    byHand: report.byHand.map(({ path, what, lines }) => ({ path, text: what, lines })),
    next: report.next,
    error: error && { code: error.code, text: error.message, hint: error.hint ?? null },
    exitCode: report.exitCode,
  };
  return `${inert(JSON.stringify(document, null, 2))}\n`;
}

/** JSON escapes the controls below U+0020 by itself; the others that a terminal may act on are only ever inside strings. */
function inert(json: string): string {
  return json.replace(/[\u007F-\u009F\u2028\u2029\p{Cf}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

function operationOf(operation: Operation, diff: boolean) {
  const inTheWay = 'foundAt' in operation;
  return {
    path: operation.file.path,
    operation: operation.operation,
    bytes: bytesOf(operation.file),
    executable: operation.file.executable === true,
    foundAt: inTheWay ? operation.foundAt : null,
    found: operation.operation === 'blocked' ? operation.because : inTheWay ? operation.found.type : null,
    backup: operation.operation === 'replace' ? operation.backup : null,
    beside: operation.operation === 'new' ? operation.beside : null,
    diff: diff ? patchOf(operation) : null,
  };
}
