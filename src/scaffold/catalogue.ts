import type { ChangedValue, Json } from '../replay/model.ts';

/** A starter policy as the questions show it. */
export interface StarterPolicy {
  /** What `--policies` takes. */
  readonly name: string;
  readonly title: string;
  readonly hint: string;
}

/** What a policy does to a sample with the defaults of its settings: one of `rejects` (the message) and `changes` (by JSON Pointer). */
interface Effect {
  readonly sample: string;
  /** The contexts it holds in; without them, all. */
  readonly as?: readonly string[];
  readonly rejects?: string;
  readonly changes?: Readonly<Record<string, ChangedValue>>;
}

/**
 * A limit in `settings.py`, with values to show and test overriding with (none of them is the limit's own default, or a test couldn't tell that it
 * was overridden), and mistakes that have to be refused.
 */
interface Setting {
  readonly name: string;
  readonly default: Json;
  readonly project: Json;
  readonly user: Json;
  readonly mistakes: readonly { readonly text: string; readonly problem: string }[];
}

export interface Policy extends StarterPolicy {
  /** Its Python module below `policies/`. */
  readonly module: string;
  readonly className: string;
  /** One sentence for the README. */
  readonly does: string;
  /** What it shares with others, a folder of `templates/parts` each. */
  readonly parts: readonly ('effective' | 'groups' | 'settings')[];
  readonly setting: Setting | null;
  /** Contexts that a sample is replayed in beside the default one, because this policy tells them apart. */
  readonly contexts: Readonly<Record<string, readonly string[]>>;
  readonly effects: readonly Effect[];
}

/**
 * The starter policies, in the order in which a generated plugin runs them. No two write the same field, so what several do to a sample
 * is the first rejection, else all changes together.
 */
export const catalogue: readonly Policy[] = [
  {
    name: 'no-privileged',
    title: 'No privileged containers',
    hint: 'rejects privileged and docker, in replica groups too',
    module: 'no_privileged',
    className: 'NoPrivileged',
    does: 'Rejects `privileged: true` and `docker: true`, for the whole run or in a replica group.',
    parts: ['groups'],
    setting: null,
    contexts: {},
    effects: [
      {
        sample: 'docker-in-docker',
        rejects: "Privileged containers aren't allowed: remove `docker: true` from the configuration",
      },
      {
        sample: 'privileged-group',
        rejects: "Privileged containers aren't allowed: remove `privileged: true` from replica group decode",
      },
    ],
  },
  {
    name: 'instance-volumes',
    title: 'No instance volumes',
    hint: 'rejects mounts of host paths, but for those below allowed ones',
    module: 'instance_volumes',
    className: 'InstanceVolumes',
    does: "Rejects mounts of the host's folders, unless they lie below an allowed one.",
    parts: ['settings'],
    setting: {
      name: 'instance_volume_paths',
      default: ['/mnt/data'],
      project: ['/mnt/research'],
      user: ['/mnt/alice'],
      mistakes: [
        { text: 'defaults: {instance_volume_paths: [mnt/data]}', problem: "isn't an absolute path" },
        { text: 'defaults: {instance_volume_paths: /mnt/data}', problem: 'defaults.instance_volume_paths' },
      ],
    },
    contexts: {},
    effects: [
      {
        sample: 'host-path',
        rejects: "Mounting /var/run/docker.sock of the instance isn't allowed: use a network volume",
      },
    ],
  },
  {
    name: 'distributed-tasks',
    title: 'No distributed tasks',
    hint: 'rejects tasks of several nodes outside named projects',
    module: 'distributed_tasks',
    className: 'DistributedTasks',
    does: 'Rejects tasks of more than one node, unless the project is named.',
    parts: ['settings'],
    setting: {
      name: 'distributed_task_projects',
      default: ['staging'],
      project: ['research', 'main'],
      user: [],
      mistakes: [
        {
          text: 'defaults: {distributed_task_projects: research}',
          problem: 'defaults.distributed_task_projects',
        },
        {
          text: 'defaults: {distributed_task_projects: [1]}',
          problem: 'defaults.distributed_task_projects.0',
        },
      ],
    },
    contexts: { 'multi-node': ['alice@research'] },
    effects: [
      {
        sample: 'multi-node',
        as: ['admin@main'],
        rejects:
          "Distributed tasks aren't allowed in project main: use one node instead of 2, or apply in research",
      },
    ],
  },
  {
    name: 'max-price',
    title: 'Maximum price',
    hint: 'caps the price of an instance, of runs and fleets',
    module: 'max_price',
    className: 'MaxPrice',
    does: 'Caps `max_price` of runs and fleets, and sets it where it is missing. It is dollars an hour for each instance.',
    parts: ['effective', 'settings'],
    setting: {
      name: 'max_price',
      default: 5,
      project: 12.5,
      user: 20,
      mistakes: [
        { text: 'defaults: {max_price: 0}', problem: 'defaults.max_price' },
        { text: "defaults: {max_price: '5'}", problem: 'defaults.max_price' },
        { text: 'users: {alice: {max_price: .inf}}', problem: 'users.alice.max_price' },
      ],
    },
    contexts: {},
    effects: [
      { sample: 'no-price', changes: { '/configuration/max_price': { to: 10 } } },
      { sample: 'costly-fleet', changes: { '/configuration/max_price': { from: 32, to: 10 } } },
    ],
  },
  {
    name: 'max-duration',
    title: 'Maximum duration',
    hint: 'caps how long tasks and dev environments run',
    module: 'max_duration',
    className: 'MaxDuration',
    does: 'Caps `max_duration` of tasks and dev environments, and sets it where it is missing or `off`. Services are left alone: they are meant to stay.',
    parts: ['effective', 'settings'],
    setting: {
      name: 'max_duration_hours',
      default: 12,
      project: 48,
      user: 72,
      mistakes: [
        { text: 'defaults: {max_duration_hours: -1}', problem: 'defaults.max_duration_hours' },
        { text: 'defaults: {max_duration_hours: 1d}', problem: 'defaults.max_duration_hours' },
      ],
    },
    contexts: {},
    effects: [
      { sample: 'endless', changes: { '/configuration/max_duration': { from: 'off', to: 86_400 } } },
      { sample: 'long-notebook', changes: { '/configuration/max_duration': { from: 604_800, to: 86_400 } } },
    ],
  },
  {
    name: 'gpu-limit',
    title: 'GPU limit',
    hint: 'limits GPUs over all nodes or replicas, of runs and fleets',
    module: 'gpu_limit',
    className: 'GpuLimit',
    does: 'Limits GPUs, counted over all nodes or replicas. A run that asks for more is rejected, and a range of GPUs is narrowed; a fleet has to end within the limit.',
    parts: ['groups', 'settings'],
    setting: {
      name: 'max_gpus',
      default: 4,
      project: 16,
      user: 32,
      mistakes: [
        { text: 'defaults: {max_gpus: 0}', problem: 'defaults.max_gpus' },
        { text: 'projects: {main: {max_gpus: many}}', problem: 'projects.main.max_gpus' },
      ],
    },
    contexts: {},
    effects: [
      {
        sample: 'many-gpus',
        rejects:
          'This run asks for 16 GPUs over all its nodes or replicas, and 8 are allowed: lower `gpu`, `nodes` or `replicas`',
      },
      { sample: 'any-gpus', changes: { '/configuration/resources/gpu/count/max': { to: 8 } } },
      {
        sample: 'open-fleet',
        rejects:
          'A fleet may have at most 8 GPUs, its nodes times the GPUs of each: set `nodes` and `gpu` to numbers or ranges that end within it, or `gpu: 0` for none',
      },
    ],
  },
  {
    name: 'required-tags',
    title: 'Required tags',
    hint: 'adds a default or rejects, on runs, fleets, volumes and gateways',
    module: 'required_tags',
    className: 'RequiredTags',
    does: 'Adds a missing tag that has a default, and rejects where it has none; on runs, fleets, volumes and gateways.',
    parts: ['effective', 'settings'],
    setting: {
      name: 'required_tags',
      default: { team: null },
      project: { team: 'research' },
      user: { team: null, owner: 'alice' },
      mistakes: [
        { text: 'defaults: {required_tags: [team]}', problem: 'defaults.required_tags' },
        { text: 'defaults: {required_tags: {acme.io/team: null}}', problem: 'Invalid tag key acme.io/team' },
      ],
    },
    contexts: {},
    effects: [
      { sample: 'untagged', rejects: 'Required tags are missing: set `team` under `tags`' },
      { sample: 'no-cost-center', changes: { '/configuration/tags/cost-center': { to: 'unassigned' } } },
    ],
  },
  {
    name: 'https-services',
    title: 'HTTPS for services',
    hint: 'turns an explicit https: false on',
    module: 'https_services',
    className: 'HttpsServices',
    does: 'Turns `https: false` of a service into `true`; `auto` is left alone.',
    parts: [],
    setting: null,
    contexts: {},
    effects: [{ sample: 'plain-http', changes: { '/configuration/https': { from: false, to: true } } }],
  },
  {
    name: 'no-gateways',
    title: 'No gateways',
    hint: 'rejects gateways of all but named users',
    module: 'no_gateways',
    className: 'NoGateways',
    does: 'Rejects gateways, unless the user is named. Services may use what is there.',
    parts: ['settings'],
    setting: {
      name: 'gateway_users',
      default: ['platform'],
      project: ['admin', 'bob'],
      user: ['alice'],
      mistakes: [
        { text: 'defaults: {gateway_users: admin}', problem: 'defaults.gateway_users' },
        { text: 'users: {alice: {gateway_users: true}}', problem: 'users.alice.gateway_users' },
      ],
    },
    contexts: { gateway: ['alice@research'] },
    effects: [
      {
        sample: 'gateway',
        as: ['alice@research'],
        rejects: 'User alice may not create or change gateways: ask admin',
      },
    ],
  },
];

/** The policies of these names, in the order of the catalogue. */
export function policiesOf(names: readonly string[]): readonly Policy[] {
  const unknown = names.find((name) => !catalogue.some((policy) => policy.name === name));
  if (unknown !== undefined) throw new Error(`No starter policy is called ${unknown}`);
  return catalogue.filter((policy) => names.includes(policy.name));
}

/** What the questions offer, in the order of the catalogue. */
export const starterPolicies: readonly StarterPolicy[] = catalogue.map(({ name, title, hint }) => ({
  name,
  title,
  hint,
}));
