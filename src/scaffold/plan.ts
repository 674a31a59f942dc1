/** A file that a scaffold writes: where, and what is in it. */
export interface PlannedFile {
  /** Relative to the project's folder, with `/`. */
  readonly path: string;
  readonly contents: string;
}
