/** The names that make a file a sample where nobody named it. */
const yamlSample = /^(.*)\.dstack\.ya?ml$/s;
const specSample = /^(.+)\.spec\.json$/s;

/** Whether a file name is that of a sample. */
export function isSampleName(name: string): boolean {
  return yamlSample.test(name) || specSample.test(name);
}

/** Whether a file name is that of an expectation. */
export function isExpectationName(name: string): boolean {
  return name.endsWith('.expected.yml');
}

/**
 * The name of the expectation that belongs to a sample: `train.expected.yml` to `train.dstack.yml`, `train.dstack.yaml` and
 * `train.spec.json`, `.expected.yml` to a bare `.dstack.yml`. A sample of any other name loses its last ending: `train.yml` has
 * `train.expected.yml` too.
 */
export function expectationNameOf(name: string): string {
  const stem =
    yamlSample.exec(name)?.[1] ?? specSample.exec(name)?.[1] ?? name.replace(/(?<=.)\.[^.]*$/s, '');
  return `${stem}.expected.yml`;
}
