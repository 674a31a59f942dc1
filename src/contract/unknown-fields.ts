import type { Kind } from '../replay/model.ts';
import { pointerOf } from '../replay/pointer.ts';
import { bodyOf } from './caller.ts';
import {
  type Exact,
  type ExactObject,
  exactAt,
  exactOf,
  isExactList,
  isExactObject,
  plainOf,
  readExact,
  sameExact,
} from './exact.ts';
import { formOf } from './oracle.ts';
import type { Checked, Defect, Endpoint, Probe } from './probe.ts';
import { sentences } from './sentences.ts';
import { shrunk } from './shrink.ts';
import { withValue } from './sites.ts';

/** No dstack has it, and it tells in a log where it comes from. */
const field = 'x_create_dstack_plugin';

/** What a newer dstack's field may hold: what decoders lose, and nothing that is null, since null and absent are the same to dstack. */
const canary = readExact(
  '{"big": 12345678901234567890, "precise": 0.30000000000000004, "large": 1e21, "order": [3, 1, 2, 1], "": "", "nothing": [],' +
    ' "text": "\\ud83e\\udd89 e\\u0301 \\u05d0\\u05d1 <&>", "constructor": {"b": true, "a": false}}',
);

/** Places that are looked at, from the root on. */
const most = 6;

/**
 * Whether fields that nobody knows come back as they were, at several depths. A service that refuses them is right too: its users learn that it
 * has to be brought up to date. So is one that is built on dstack's own models. What is wrong is to accept and to forget them.
 */
export async function checkUnknownFields(probe: Probe, endpoint: Endpoint): Promise<Checked> {
  const { kind, sender, bases } = endpoint;
  const [first] = bases;
  if (first === undefined) return { defects: [], judged: 0, unchecked: [] };
  const base = exactOf(first) as ExactObject; // it comes from an object
  const alone = await probe.caller.send(kind, bodyOf(sender, base));
  const defects: Defect[] = [];
  let judged = 0;
  for (const place of placesOf(base).slice(0, most)) {
    // Where a policy takes away what holds the field, the field has to go too.
    if (alone?.type !== 'accepted' || !isExactObject(exactAt(alone.spec, place))) continue;
    const tokens = [...place, field];
    const sent = withValue<ExactObject>(base, tokens, canary as ExactObject); // it is one
    if (await dstackForgets(probe, kind, sent, tokens)) continue;
    const answer = await probe.caller.send(kind, bodyOf(sender, sent));
    if (answer === null) break;
    judged += 1;
    if (answer.type !== 'accepted') continue;
    const wrong = judgement(kind, tokens, exactAt(answer.spec, tokens));
    if (wrong === null || defects.length > 0) continue;
    const smaller = await shrunk({ ...probe, parse: acceptAll }, kind, sent, tokens, async (candidate) => {
      // Only fields beside the canary are taken away, and dstack is asked without it.
      const plain = withValue<ExactObject>(candidate, tokens, undefined);
      if ((await formOf(probe.parse, kind, plainOf(plain))) === null) return false;
      const shorter = await probe.caller.send(kind, bodyOf(sender, candidate));
      return shorter?.type === 'accepted' && judgement(kind, tokens, exactAt(shorter.spec, tokens)) === wrong;
    });
    defects.push({
      code: 'canary-changed',
      kind,
      topic: 'unknown fields',
      text: wrong,
      body: bodyOf(sender, smaller),
      spec: null,
    });
  }
  const unchecked =
    judged === 0
      ? [`Unknown fields in a ${kind}: there was no room, or no spec that the service accepts.`]
      : [];
  return { defects, judged, unchecked };
}

const acceptAll: Probe['parse'] = (_kind, specs) =>
  Promise.resolve(specs.map(() => ({ dump: {}, refusal: null })));

/** The sentence about it; null where the field is as it was. */
function judgement(kind: Kind, tokens: readonly string[], got: Exact | undefined): string | null {
  if (sameExact(got, canary)) return null;
  if (got === undefined || !isExactObject(got)) return sentences.forgets(kind, pointerOf(tokens));
  const keys = isExactObject(canary) ? Object.keys(canary) : [];
  const key = keys.find((each) => !sameExact(exactAt(canary, [each]), exactAt(got, [each]))) ?? '';
  const inner = [...tokens, key];
  return sentences.mangles(
    kind,
    'a value',
    pointerOf(inner),
    exactAt(canary, [key]) ?? null,
    exactAt(got, [key]),
  );
}

/** Whether dstack itself takes the field and drops it: then nobody can be asked for more. */
async function dstackForgets(
  probe: Probe,
  kind: Kind,
  sent: ExactObject,
  tokens: readonly string[],
): Promise<boolean> {
  const form = await formOf(probe.parse, kind, plainOf(sent));
  return form !== null && exactAt(exactOf(form), tokens) === undefined;
}

/** The objects of a spec, from the outermost in; of a list the first that is one. */
function placesOf(spec: ExactObject): readonly (readonly string[])[] {
  const places: (readonly string[])[] = [];
  let level: readonly (readonly [readonly string[], ExactObject])[] = [[[], spec]];
  while (level.length > 0) {
    places.push(...level.map(([tokens]) => tokens));
    level = level.flatMap(([tokens, object]) =>
      Object.entries(object).flatMap(([key, item]): (readonly [readonly string[], ExactObject])[] => {
        if (isExactObject(item)) return [[[...tokens, key], item]];
        const inner = isExactList(item) ? item[0] : undefined;
        return isExactObject(inner) ? [[[...tokens, key, '0'], inner]] : [];
      }),
    );
  }
  return places;
}
