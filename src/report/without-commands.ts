/**
 * CI systems obey lines of a log: GitHub `::command::` behind any space, and `##[command]`, as Azure does `##vso[command]`, anywhere.
 * What a plugin or a sample says must not reach them, so the first character of it is written as an escape.
 */
export function withoutCommands(text: string): string {
  return text
    .replace(/^([^\S\n]*):(?=:[\w-]+[^\n]*::)/gm, '$1\\x3a')
    .replace(/#(?=#(?:vso|teamcity)?\[)/gi, '\\x23');
}
