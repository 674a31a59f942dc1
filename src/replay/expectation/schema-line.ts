/**
 * The line that a new expectation file begins with, by which editors find its schema (the YAML language server's, in VS Code, Vim, Helix,
 * JetBrains). A URL, since the package is run by `npx` and lies in no folder of the project; without the package's version, since the
 * schema's own stands in its name.
 */
export const schemaLine =
  '# yaml-language-server: $schema=https://unpkg.com/create-dstack-plugin/schemas/expectation-1.json\n';
