import type { FilePart } from './parts.ts';

/** The languages that there are templates for. */
export type Language = 'python' | 'typescript' | 'go';

/** Whom the project names as its author. */
export interface Author {
  /** One line. */
  readonly name: string;
  /** An address that package indexes take. */
  readonly email: string | null;
}

/** What the user decided, by flags or prompts, with every default filled in. The plan of a project is a pure function of this. */
export interface Answers {
  /** A Python package that the dstack server loads, or a server that dstack's builtin `rest_plugin` calls. */
  readonly kind: 'package' | 'rest';
  /** What it is written in; a package is always Python. */
  readonly language: Language;
  /** The distribution's name as PyPI would show it, valid and normalised: `acme-guard`. */
  readonly name: string;
  /** The importable module: `acme_guard`. Also the entry point's name. */
  readonly module: string;
  /** One line about the plugin, any text without control characters. */
  readonly description: string;
  readonly author: Author | null;
  /** Names of starter policies, in the order of the catalogue, without doubles. */
  readonly policies: readonly string[];
  /** What it has beside what every project of its kind has, in the order of the list of parts, without doubles. */
  readonly parts: readonly FilePart[];
  /** The dstack version that the project starts with, such as `0.22.5`. */
  readonly dstack: string;
  /** The version of this tool, for the project's CI. */
  readonly tool: string;
}

/** What a plugin is described as where nobody says anything else. */
export const defaultDescription = 'Apply policies for the dstack server';
