import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take minutes, the slowest first: one of them that starts last would keep one processor busy and the other idle. */
const slowest = [
  'engine/worker-checks',
  'scaffold/pairwise',
  'engine/environment',
  'docs/documents',
  'contract/contract',
  'e2e/versions',
  'scaffold/rest-part',
  'scaffold/rest-python',
  'scaffold/generated',
  'conformance/conformance',
  'e2e/bad-input',
  'e2e/findings',
  'scaffold/rest-typescript',
  'scaffold/rest-go',
  'e2e/rest',
  'e2e/server',
];

/** Starts the files that are known to be slow before all others. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = slowest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found < 0 ? slowest.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
