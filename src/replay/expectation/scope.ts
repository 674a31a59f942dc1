/** PEP 440 specifiers as bounds between versions: what they hold for is decided elsewhere, by Python's own tools. */

/** The clauses of a specifier, all of which have to hold. */
export function clausesOf(specifier: string): readonly string[] {
  return specifier.split(',').map((clause) => clause.replaceAll(/\s+/g, ''));
}

/** A version without its local part (`+abc`), which bounds can't name. */
export function publicPart(version: string): string {
  return version.replace(/\+.*$/, '');
}

/**
 * A specifier for some of the versions that it holds for.
 *
 * @param specifier null: it holds for all
 * @param from the first version that is meant; null: there is no bound
 * @param below the first one after them that isn't; null: there is no bound
 */
export function narrowed(specifier: string | null, from: string | null, below: string | null): string | null {
  const old = specifier === null ? [] : clausesOf(specifier);
  const clauses = [
    ...(from === null ? [] : [`>=${publicPart(from)}`]),
    ...(below === null ? [] : [`<${publicPart(below)}`]),
    // A new bound lies within the old one, which then says nothing more.
    ...old.filter(
      (clause) => !(from !== null && /^>/.test(clause)) && !(below !== null && /^</.test(clause)),
    ),
  ];
  const sides = [/^>/, /^[^<>]/, /^</].flatMap((side) => clauses.filter((clause) => side.test(clause)));
  return sides.length === 0 ? null : sides.join(',');
}

const opposites: Readonly<Record<string, string>> = {
  '<': '>=',
  '>=': '<',
  '<=': '>',
  '>': '<=',
  '==': '!=',
  '!=': '==',
};

/** The clause that holds where another doesn't; null where there is none. */
export function opposite(clause: string): string | null {
  const [, operator = '', version = ''] = /^(<=|>=|==|!=|<|>)([^=].*)$/.exec(clause) ?? [];
  const other = opposites[operator];
  return other === undefined ? null : `${other}${version}`;
}
