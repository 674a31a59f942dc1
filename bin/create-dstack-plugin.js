#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  // Before anything is loaded that such a Node couldn't read.
  process.stderr.write(
    `error: create-dstack-plugin needs Node 20.19 or newer; this is ${process.versions.node}.\n`,
  );
  process.exitCode = 3;
} else {
  const program = await import(new URL('../dist/main.js', import.meta.url).href);
  // Not awaited: a program that ends at a prompt must not end with Node's own code for a promise that nobody keeps.
  program.main(process.argv.slice(2));
}
