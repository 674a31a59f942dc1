/** What the user decided, by flags or prompts, with every default filled in. The plan of a project is a pure function of this. */
export interface Answers {
  readonly kind: 'package';
  /** The distribution's name as PyPI would show it, valid and normalised: `acme-guard`. */
  readonly name: string;
  /** The importable module: `acme_guard`. Also the entry point's name. */
  readonly module: string;
  /** Names of starter policies, in the order of the catalogue, without doubles. */
  readonly policies: readonly string[];
  /** The dstack version that the project starts with, such as `0.22.5`. */
  readonly dstack: string;
  /** The version of this tool, for the project's CI. */
  readonly tool: string;
}
