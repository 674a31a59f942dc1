import { policiesOf } from '../catalogue.ts';
import type { FileToWrite } from '../operations.ts';
import type { ListOwner } from '../python/policy-list.ts';
import { type PolicyToWire, wirePolicy } from '../python/wire-policy.ts';
import type { Addition, ByHand } from './addition.ts';
import type { Request } from './plan-addition.ts';
import type { Project } from './project.ts';
import { lineEndsOf } from './regenerate.ts';

/** The Python file that lists the policies of a project, and what in it does. */
interface Wired {
  readonly file: string;
  readonly owner: ListOwner;
  /** How modules of the package are imported there: its dots. */
  readonly from: string;
}

/** Null where the project isn't in Python, or it can't be told. */
export function wiredFile({ answers, plugin, record, read }: Project): Wired | null {
  if (answers.kind === 'package') {
    if (plugin === null) return null;
    const parts = plugin.module.split('.').length - (plugin.isPackageFile ? 0 : 1);
    const owner = { className: plugin.name, function: 'get_apply_policies' };
    return { file: plugin.file, owner, from: '.'.repeat(Math.max(parts, 1)) };
  }
  const file = `src/${answers.module}/chain.py`;
  if (answers.language !== 'python' || record.scope !== 'project' || read(file) === null) return null;
  return { file, owner: { className: null, function: 'load_policies' }, from: '.' };
}

/** Adds the requested policies to the list of the plugin, in what the addition makes of its file or in what is there. */
export function wirePolicies(project: Project, request: Request, addition: Addition): Addition {
  const policies = policiesToWire(request);
  if (policies.length === 0 || project.answers.language !== 'python') return addition;
  const wired = wiredFile(project);
  if (wired === null) {
    const by = policies.map((policy) => handed(policy, 'The module of the plugin', '.'));
    return { ...addition, byHand: [...addition.byHand, ...by] };
  }
  const planned = addition.files.find(({ path }) => path === wired.file);
  const there = project.read(wired.file) ?? '';
  let text = (planned?.contents ?? there).replaceAll('\r\n', '\n');
  const byHand: ByHand[] = [];
  for (const policy of policies) {
    const edited = wirePolicy(text, wired.owner, {
      ...policy,
      module: `${wired.from}${policy.module}`,
      settings: policy.settings && `${wired.from}${policy.settings}`,
    });
    if (edited === null) byHand.push(handed(policy, wired.file, wired.from));
    text = edited ?? text;
  }
  const contents = lineEndsOf(there, text);
  const others = addition.files.filter((file) => file !== planned);
  const file: FileToWrite = { path: wired.file, contents, replaces: there };
  return {
    ...addition,
    files: contents === there ? others : [...others, file],
    byHand: [...addition.byHand, ...byHand],
  };
}

function policiesToWire(request: Request): readonly PolicyToWire[] {
  switch (request.part) {
    case 'policy':
      return policiesOf(request.names).map(({ className, module, setting }) => ({
        className,
        module: `policies.${module}`,
        settings: setting === null ? null : 'settings',
      }));
    case 'own-policy': {
      const { className, module } = request.policy;
      return [{ className, module: `policies.${module}`, settings: null }];
    }
    default:
      return [];
  }
}

function handed({ className, module, settings }: PolicyToWire, path: string, from: string): ByHand {
  return {
    path,
    what: "doesn't list its policies in a way that can be added to safely. Import this, and add it to what is returned:",
    lines: [
      `from ${from}${module} import ${className}`,
      ...(settings === null ? [] : [`from ${from}${settings} import load_settings`]),
      `${className}(${settings === null ? '' : 'load_settings()'})`,
    ],
  };
}
