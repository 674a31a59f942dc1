import type { JsonObject } from '../replay/model.ts';
import type { Sender } from './caller.ts';
import { bodyOf, endpointOf } from './caller.ts';
import { type ExactObject, exactOf, writeExact } from './exact.ts';
import type { Checked, Defect, Endpoint, Probe } from './probe.ts';
import { sentences } from './sentences.ts';

/** A request that can't be judged, and what it is called. */
export interface Malformed {
  readonly name: string;
  readonly body: string;
}

/**
 * Requests of which nobody can say who applies what to which project. A wrong content type isn't among them, since the request can be read;
 * nor is what is wrong within the spec, since dstack parses the spec of an answer again and refuses it by itself.
 */
export function malformedRequests(sender: Sender, spec: JsonObject): readonly Malformed[] {
  const exact = exactOf(spec) as ExactObject; // it comes from an object
  const whole = bodyOf(sender, exact);
  const { user, project } = sender;
  const write = (value: Parameters<typeof writeExact>[0]): string => writeExact(value);
  return [
    { name: 'no body', body: '' },
    { name: 'half of the JSON', body: whole.slice(0, Math.floor(whole.length / 2)) },
    { name: 'JSON without its last brace', body: whole.slice(0, -1) },
    { name: 'something after the JSON', body: `${whole} x` },
    { name: 'a form', body: `user=${user}&project=${project}` },
    { name: 'null', body: 'null' },
    { name: 'a text', body: '"spec"' },
    { name: 'a list', body: `[${whole}]` },
    { name: 'an empty object', body: '{}' },
    { name: 'no spec', body: write({ user, project }) },
    { name: 'null as the spec', body: write({ user, project, spec: null }) },
    { name: 'a list as the spec', body: write({ user, project, spec: [exact] }) },
    { name: 'a text as the spec', body: write({ user, project, spec: 'spec' }) },
    { name: 'no user', body: write({ project, spec: exact }) },
    { name: 'null as the user', body: write({ user: null, project, spec: exact }) },
    { name: 'a list as the user', body: write({ user: [user], project, spec: exact }) },
    { name: 'no project', body: write({ user, spec: exact }) },
    { name: 'null as the project', body: write({ user, project: null, spec: exact }) },
    { name: 'an object as the project', body: write({ user, project: { name: project }, spec: exact }) },
  ];
}

/** Whether malformed requests are accepted, and whether the service still answers after them. */
export async function checkMalformed(probe: Probe, endpoints: readonly Endpoint[]): Promise<Checked> {
  const accepted: { readonly form: string; readonly endpoint: Endpoint; readonly body: string }[] = [];
  const defects: Defect[] = [];
  const unchecked: string[] = [];
  let judged = 0;
  for (const endpoint of endpoints) {
    const { kind, sender } = endpoint;
    const [base] = endpoint.bases;
    if (base === undefined) continue;
    const requests = malformedRequests(sender, base);
    let sent = 0;
    for (const { name, body } of requests) {
      const answer = await probe.caller.send(kind, body);
      if (answer === null) break;
      sent += 1;
      if (answer.type === 'accepted') accepted.push({ form: name, endpoint, body });
    }
    judged += sent;
    if (sent < requests.length)
      unchecked.push(`Of ${requests.length} malformed requests to ${endpointOf(kind)}, ${sent} were sent.`);
    const body = bodyOf(sender, exactOf(base) as ExactObject); // it comes from an object
    const after = await probe.caller.send(kind, body);
    if (after?.type === 'bad')
      defects.push({
        code: 'endpoint-missing',
        kind,
        topic: kind,
        text: sentences.fellSilent(kind, after.does),
        body,
        spec: null,
      });
  }
  const [first] = accepted;
  if (first !== undefined) {
    const names = (of: readonly string[]): readonly string[] => [...new Set(of)];
    const text = sentences.failsOpen(
      names(accepted.map(({ endpoint }) => endpointOf(endpoint.kind))),
      names(accepted.map(({ form }) => form)),
    );
    defects.push({
      code: 'fails-open',
      kind: first.endpoint.kind,
      topic: 'malformed',
      text,
      body: first.body,
      spec: null,
    });
  }
  return { defects, judged, unchecked };
}
