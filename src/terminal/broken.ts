/** Lines of whole words, none wider than `columns` if no word is; those after the first are indented by `further`, or to stay below each other. */
export function broken(text: string, columns: number, further = '  '): readonly string[] {
  const [, margin = '', rest = ''] = /^( *)(.*)$/s.exec(text) ?? [];
  // A label before its text, with a gap of at least two spaces: the text stays below itself.
  const label = /^\S+ {2,}/.exec(rest)?.[0] ?? '';
  const indent = label === '' ? margin + further : ' '.repeat(margin.length + label.length);
  const lines = [margin + label];
  let empty = true;
  for (const word of rest.slice(label.length).split(' ')) {
    const line = lines.at(-1) ?? '';
    const fits = line.length + (empty ? 0 : 1) + word.length <= columns;
    if (fits || empty) lines[lines.length - 1] = empty ? line + word : `${line} ${word}`;
    else lines.push(indent + word);
    empty = false;
  }
  return lines;
}
