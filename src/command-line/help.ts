import { parts } from '../scaffold/parts.ts';

/** What `--help` says below the options. At most 80 columns wide. */

export const createHelp = `
A folder named like a command (test, openapi, add, doctor, completion, help) is
written with its path: ./test

Without a terminal, in CI, or with --yes, nothing is asked:
name the folder then.

Examples:
  npm create dstack-plugin@latest
  npx create-dstack-plugin acme-guard
  npx create-dstack-plugin acme-guard --policies no-privileged,max-price --yes
  npx create-dstack-plugin test`;

export const testHelp = `
Exit codes:
  0  every replay passed
  1  a replay failed or is new
  2  the command line, a sample, an expectation or the configuration is wrong
  3  dstack or the plugin can't run

Examples:
  npx create-dstack-plugin test
  npx create-dstack-plugin test samples/train.dstack.yml
  npx create-dstack-plugin test train --as alice@research
  npx create-dstack-plugin test --update
  npx create-dstack-plugin test --review
  npx create-dstack-plugin test --against main
  npx create-dstack-plugin test --rest-url http://127.0.0.1:8000
  npx create-dstack-plugin test --reporter pretty --reporter json=report.json`;

export const completionHelp = `
Examples:
  source <(create-dstack-plugin completion bash)    # in ~/.bashrc
  source <(create-dstack-plugin completion zsh)     # in ~/.zshrc, after compinit`;

export const addHelp = `
What there is to add:
${parts.map(({ name, does }) => `  ${name.padEnd(16)}${does}`).join('\n')}

Examples:
  npx create-dstack-plugin add policy max-price
  npx create-dstack-plugin add policy --empty idle-gpus
  npx create-dstack-plugin add sample ../train/.dstack.yml
  npx create-dstack-plugin add sample --kind service --name chat
  npx create-dstack-plugin add sample --from runs.json
  npx create-dstack-plugin add gitlab-ci --diff`;

export const openapiHelp = `
Examples:
  npx create-dstack-plugin openapi > openapi.json
  npx create-dstack-plugin openapi --dstack 0.21.5`;
