import { isScalar, LineCounter, parseDocument, visit } from "yaml";

/** The text isn't YAML, or isn't taken for it; the message says why and where, in one line. */
export class YamlProblem extends Error {
  override readonly name = "YamlProblem";
}

/**
 * Parses YAML as dstack does: version 1.1, where `on` is true. A key that stands twice is refused,
 * and one that isn't text (`on: …`), which would otherwise match no name without a word.
 *
 * @throws YamlProblem
 */
export function parseYaml(text: string): unknown {
  // Aliases may make a file of a few lines very large; the parser itself refuses that.
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { version: "1.1", uniqueKeys: false, lineCounter });
  const problem = document.errors[0];
  if (problem) throw new YamlProblem(problem.message.split("\n")[0]?.replace(/:$/, ""));
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        const place = `in line ${lineCounter.linePos((isScalar(key) && key.range?.[0]) || 0).line}`;
        if (seen.has(name)) throw new YamlProblem(`found ${String(name)} twice ${place}`);
        // A symbol is the parser's for `<<`.
        if (typeof name !== "string" && typeof name !== "symbol")
          throw new YamlProblem(`the key ${String(name)} isn't text, ${place}: put it in quotes`);
        seen.add(name);
      }
    },
  });
  return document.toJS();
}
