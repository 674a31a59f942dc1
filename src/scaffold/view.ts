import { type Answers, type Author, defaultDescription } from './answers.ts';
import type { Policy } from './catalogue.ts';
import type { Value, View } from './values.ts';

/** What the templates of a project are filled with. */
export function viewOf(answers: Answers, policies: readonly Policy[]): View {
  const settings = policies.flatMap((policy) => policy.setting ?? []);
  const example = settings.find(({ name }) => name === 'max_price') ?? settings[0];
  const has = (name: string): boolean => policies.some((policy) => policy.name === name);
  return {
    name: answers.name,
    module: answers.module,
    description: answers.description,
    described: answers.description !== defaultDescription,
    author: answers.author === null ? null : { ...answers.author },
    authors: answers.author === null ? null : authorText(answers.author),
    className: classNameOf(answers.module),
    entryPoint: `${answers.module}:${classNameOf(answers.module)}`,
    command: `${answers.module}.main:main`,
    packagePath: `src/${answers.module}`,
    variable: `${answers.module.toUpperCase()}_SETTINGS`,
    dstack: answers.dstack,
    dstackImage: `dstackai/dstack:${answers.dstack}`,
    dstackRequirement: `dstack==${answers.dstack}`,
    toolPackage: `create-dstack-plugin@${answers.tool}`,
    rest: answers.kind === 'rest',
    languages: {
      python: answers.language === 'python',
      typescript: answers.language === 'typescript',
      go: answers.language === 'go',
    },
    /** Whether the plugin service of a package is part of the project. */
    withService: answers.parts.includes('rest'),
    /** Of a plugin service that serves a package: that package. */
    packaged: null,
    carried: { replay_as: null, env: null, server_env: null, pass_env: null },
    pythonVersion: '3.11',
    requiresPython: '>=3.10',
    policies: policies.map(policyView),
    imports: policies.map(policyView).sort((a, b) => (a.module < b.module ? -1 : 1)),
    chosen: {
      instance_volumes: has('instance-volumes'),
      distributed_tasks: has('distributed-tasks'),
      max_price: has('max-price'),
      max_duration: has('max-duration'),
      gpu_limit: has('gpu-limit'),
      required_tags: has('required-tags'),
      no_gateways: has('no-gateways'),
    },
    needs: {
      policies: policies.length > 0,
      settings: settings.length > 0,
      validator: has('required-tags') || has('instance-volumes'),
      texts: has('instance-volumes') || has('distributed-tasks') || has('no-gateways'),
      counts: has('max-duration') || has('gpu-limit'),
    },
    example: example === undefined ? null : settingView(example),
    mistakes: settings.flatMap((setting) => setting.mistakes.map(({ text, problem }) => ({ text, problem }))),
  };
}

function policyView({ name, module, className, does, setting }: Policy) {
  return { name, module, className, does, settings: setting !== null, setting: setting?.name ?? null };
}

function settingView({ name, default: value, project, user }: NonNullable<Policy['setting']>): Value {
  return { name, default: value, project, user };
}

/** As mail programs write it. */
function authorText({ name, email }: Author): string {
  return email === null ? name : `${name} <${email}>`;
}

/** The longest that leaves room for `class …(Plugin):` in one line of the formatter's. */
const longestClassName = 80;

/** `acme_guard` becomes `AcmeGuardPlugin`; never dstack's own `Plugin`. */
function classNameOf(module: string): string {
  const words = module.split('_').filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const start = /^[A-Z]/.test(name) ? name : `Plugin${name}`;
  const className = start.endsWith('Plugin') && start !== 'Plugin' ? start : `${start}Plugin`;
  return className.length <= longestClassName ? className : 'PoliciesPlugin';
}
