/** The parser of Handlebars alone, which the package doesn't describe. */
declare module 'handlebars/dist/cjs/handlebars/compiler/base.js' {
  export function parse(template: string): hbs.AST.Program;
}
