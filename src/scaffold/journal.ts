interface Step {
  /** What is left as it shouldn't be if the step can't be undone: a path. */
  readonly path: string;
  readonly undo: () => void;
}

/** What has been done so far, so that it can be undone. */
export class Journal {
  #steps: Step[] = [];

  /** To be called right after the step, with nothing in between that may throw. */
  did(path: string, undo: () => void): void {
    this.#steps.push({ path, undo });
  }

  /** Nothing is to be undone any more. */
  commit(): void {
    this.#steps = [];
  }

  /**
   * Undoes everything, the last step first. What can't be undone doesn't keep the rest from being undone.
   *
   * @returns the paths of what couldn't be undone
   */
  rollBack(): readonly string[] {
    const left: string[] = [];
    for (const { path, undo } of this.#steps.splice(0).reverse()) {
      try {
        undo();
      } catch {
        left.push(path);
      }
    }
    return left;
  }
}
