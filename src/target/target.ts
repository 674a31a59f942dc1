/** A plugin project that this tool can test, before anything of it is installed or run. */
export interface Target {
  /** `rest`: nothing of it is installed beside dstack; a plugin service is all that there is. */
  readonly kind: 'package' | 'rest';
  /** The project's folder, absolute and with symbolic links resolved. */
  readonly root: string;
  /** The distribution's name as far as the project's files say it, else the folder's name. */
  readonly name: string;
  /** The files that decide what is installed (`pyproject.toml`, `setup.cfg`, `setup.py`, `uv.lock`, …), relative to the root. */
  readonly dependencyFiles: readonly string[];
}
