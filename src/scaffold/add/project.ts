import type { Answers } from '../answers.ts';
import type { Place } from '../folder.ts';
import type { ProjectRecord } from '../record.ts';
import type { PackageFacts } from '../service/service-files.ts';

/** A plugin project that is there, as far as adding to it has to know it. */
export interface Project extends Place {
  /** What it was made from, or what its files say: then its policies and parts are those that were added by this tool. */
  readonly record: ProjectRecord;
  /** Whether the record was read, and not made up. */
  readonly recorded: boolean;
  readonly answers: Answers;
  readonly layout: Layout;
  /** What decides on the plugin service of a package, beside the answers. */
  readonly facts: PackageFacts;
  /** The class that its entry point names; null where it can't be told. */
  readonly plugin: PluginClass | null;
  /** The text of one of its files, or null where there is none that can be read. */
  readonly read: (path: string) => string | null;
}

/** Where a template's `src/__module__` and `tests` are in the project; without a slash at the end. */
interface Layout {
  /** Null where the plugin isn't a folder of modules. */
  readonly package: string | null;
  readonly tests: string;
  /** What the configuration says, else `samples`. */
  readonly samples: string;
}

export interface PluginClass {
  /** Relative to the project, with `/`. */
  readonly file: string;
  /** The module of the file, such as `acme_guard.plugin`; a package's own file ends with its name. */
  readonly module: string;
  readonly isPackageFile: boolean;
  readonly name: string;
}
