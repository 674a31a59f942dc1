import type { Context } from './model.ts';

// What characters a name may have is dstack's to say, when it replays; this only finds the two names.
const shape = /^([^\s@\p{Cc}]+)@([^\s@\p{Cc}]+)$/u;

/** The context that `alice@research` names, without a profile; null where the text isn't a user and a project with one `@` between them. */
export function parseContext(text: string): Context | null {
  const [, user, project] = shape.exec(text) ?? [];
  return user === undefined || project === undefined ? null : { user, project, profile: null };
}

/** A context as people write and read it: `alice@research`. The profile isn't part of it; see {@link describeContext}. */
export function formatContext(context: Pick<Context, 'user' | 'project'>): string {
  return `${context.user}@${context.project}`;
}

/** A context in full, for sentences: `alice@research`, or `alice@research with the profile gpu`. */
export function describeContext(context: Context): string {
  const name = formatContext(context);
  return context.profile === null ? name : `${name} with the profile ${context.profile}`;
}

/** Whether two contexts are the same user, project and profile. */
export function sameContext(a: Context, b: Context): boolean {
  return a.user === b.user && a.project === b.project && a.profile === b.profile;
}
