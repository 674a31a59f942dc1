import { isMapping, ownValue, sameValue } from '../replay/equality.ts';
import type { JsonObject, Kind } from '../replay/model.ts';
import { pointerOf } from '../replay/pointer.ts';
import { bodyOf } from './caller.ts';
import { type Exact, ExactNumber, type ExactObject, exactAt, exactOf, plainOf, sameExact } from './exact.ts';
import { formsOf } from './oracle.ts';
import type { Checked, Defect, Endpoint, Probe } from './probe.ts';
import { sentences } from './sentences.ts';
import { shrunk } from './shrink.ts';
import { type Site, sitesOf, withValue } from './sites.ts';

/** A value that servers mangle, and an ordinary one for the same place, that shows whether a policy is about it. */
interface Canary {
  readonly what: string;
  readonly canary: Exact;
  readonly control: Exact;
  /** Whether a schema lets it in, as far as it says. */
  readonly fits: (schema: JsonObject) => boolean;
}

interface Placed extends Canary {
  readonly tokens: readonly string[];
}

const typed = (schema: JsonObject, type: string): boolean =>
  ownValue(schema, 'type') === type &&
  ['enum', 'const', 'pattern'].every((key) => ownValue(schema, key) === undefined);
const listOfTexts = (schema: JsonObject): boolean => {
  const items = ownValue(schema, 'items');
  return typed(schema, 'array') && isMapping(items) && ownValue(items, 'type') === 'string';
};
const mapOfTexts = (schema: JsonObject): boolean =>
  typed(schema, 'object') && isMapping(ownValue(schema, 'additionalProperties'));

const text = '\u{1f989} e\u0301 \u05d0\u05d1 \u00df <&> "q" \\ \u007f end ';

const canaries: readonly Canary[] = [
  {
    what: 'a big integer',
    canary: new ExactNumber('12345678901234567890'),
    control: new ExactNumber('7'),
    fits: (schema) => typed(schema, 'integer') && ownValue(schema, 'maximum') === undefined,
  },
  {
    what: 'a number with many digits',
    canary: new ExactNumber('0.30000000000000004'),
    control: new ExactNumber('0.5'),
    fits: (schema) => typed(schema, 'number'),
  },
  {
    what: 'a text in other scripts',
    canary: text,
    control: 'plain',
    fits: (schema) => typed(schema, 'string'),
  },
  {
    what: 'a long text',
    canary: 'long '.repeat(13_000).trim(),
    control: 'plain',
    fits: (schema) => typed(schema, 'string'),
  },
  {
    what: 'the order of a list',
    canary: ['b', 'a', '', 'B', 'a'],
    control: ['a', 'b'],
    fits: listOfTexts,
  },
  {
    what: 'texts by key',
    canary: { constructor: text, B: '', A: 'x' },
    control: { A: 'plain' },
    fits: mapOfTexts,
  },
  {
    what: 'a label by key',
    canary: { B: 'x', A: 'y', constructor: 'z' },
    control: { A: 'plain' },
    fits: mapOfTexts,
  },
  { what: 'an empty list', canary: [], control: ['a'], fits: listOfTexts },
];

/** Places of one canary that go into one spec. */
const mostPlaces = 12;
/** Places that are tried one by one, where the service doesn't accept them together. */
const mostAlone = 4;

/**
 * Whether values that dstack takes, and that servers mangle, come back as they were in parts that no policy is about: the ordinary value in the same
 * place has to come back unchanged first. A service that refuses such a value with a reason changes nothing.
 */
export async function checkKnownFields(probe: Probe, endpoint: Endpoint): Promise<Checked> {
  const defects: Defect[] = [];
  let judged = 0;
  const [base] = endpoint.bases;
  if (base === undefined) return { defects, judged, unchecked: [] };
  const sites = sitesOf(endpoint.schema, base);
  for (const canary of canaries) {
    const places = await placed(probe, endpoint.kind, base, canary, sites);
    const together = await tryOut(probe, endpoint, base, places);
    // A policy may be about one of them, and then nothing is known of the others.
    const attempts =
      together.accepted || places.length < 2
        ? [together]
        : await inTurn(places.slice(0, mostAlone), (place) => tryOut(probe, endpoint, base, [place]));
    judged += attempts.filter(({ accepted }) => accepted).length;
    const wrong = attempts.find(({ defect }) => defect !== null);
    if (wrong?.defect != null) defects.push(await smaller(probe, endpoint, base, wrong.defect));
  }
  const unchecked =
    judged === 0
      ? [
          `Canaries in known fields of a ${endpoint.kind}: there was no room, or the service accepted none of the specs.`,
        ]
      : [];
  return { defects, judged, unchecked };
}

interface Wrong {
  readonly place: Placed | null;
  readonly defect: Defect;
}

interface Attempt {
  readonly accepted: boolean;
  readonly defect: Wrong | null;
}

/** Sends the ordinary values, then the canaries. */
async function tryOut(
  probe: Probe,
  { kind, sender }: Endpoint,
  base: JsonObject,
  places: readonly Placed[],
): Promise<Attempt> {
  const [first] = places;
  if (first === undefined) return { accepted: false, defect: null };
  const control = await probe.caller.send(kind, bodyOf(sender, filled(base, places, 'control')));
  if (control?.type !== 'accepted') return { accepted: false, defect: null };
  const sent = filled(base, places, 'canary');
  const body = bodyOf(sender, sent);
  const answer = await probe.caller.send(kind, body);
  if (answer?.type === 'bad' && (answer.status ?? 500) >= 400 && (answer.status ?? 500) < 500)
    return { accepted: false, defect: null };
  if (answer?.type === 'bad') {
    const said = sentences.failsOver(kind, first.what, answer);
    return {
      accepted: true,
      defect: {
        place: null,
        defect: { code: answer.code, kind, topic: first.what, text: said, body, spec: sent },
      },
    };
  }
  if (answer?.type !== 'accepted') return { accepted: false, defect: null };
  const [before, after] = await probe.parse(kind, [plainOf(sent), plainOf(answer.spec)]);
  for (const place of places) {
    const { tokens, canary } = place;
    const got = exactAt(answer.spec, tokens);
    const untouched = sameExact(exactAt(control.spec, tokens), place.control);
    if (!untouched || !isMangled(canary, got)) continue;
    // An empty list that dstack fills in again is none that is lost.
    const again = [before, after].map((parsed) => exactAt(exactOf(parsed?.dump ?? null), tokens) ?? null);
    if (
      Array.isArray(canary) &&
      canary.length === 0 &&
      sameValue(plainOf(again[0] ?? null), plainOf(again[1] ?? null))
    )
      continue;
    const said = sentences.mangles(kind, place.what, pointerOf(tokens), canary, got);
    return {
      accepted: true,
      defect: {
        place,
        defect: { code: 'canary-changed', kind, topic: place.what, text: said, body, spec: sent },
      },
    };
  }
  return { accepted: true, defect: null };
}

/** The same defect in a spec that people can read. */
async function smaller(
  probe: Probe,
  endpoint: Endpoint,
  base: JsonObject,
  { place, defect }: Wrong,
): Promise<Defect> {
  if (place === null || defect.spec === null) return defect;
  const shows = async (spec: ExactObject): Promise<boolean> => {
    const answer = await probe.caller.send(defect.kind, bodyOf(endpoint.sender, spec));
    return answer?.type === 'accepted' && isMangled(place.canary, exactAt(answer.spec, place.tokens));
  };
  const alone = filled(base, [place], 'canary');
  const start = (await shows(alone)) ? alone : defect.spec;
  const spec = await shrunk(probe, defect.kind, start, place.tokens, shows);
  return { ...defect, body: bodyOf(endpoint.sender, spec), spec };
}

/**
 * Whether what came back is what became of a canary, and not what a policy decided: another number far from it is a limit, its neighbour and
 * what overflows are not.
 */
function isMangled(canary: Exact, got: Exact | undefined): boolean {
  if (sameExact(canary, got)) return false;
  if (!(canary instanceof ExactNumber)) return true;
  if (got === undefined || got === null || typeof got === 'string') return true;
  if (!(got instanceof ExactNumber)) return false;
  const [sent, back] = [Number(canary.text), Number(got.text)];
  if (Math.abs(sent - back) <= Math.abs(sent) * 1e-3) return true;
  if (!/^\d+$/.test(canary.text)) return false;
  const whole = BigInt(canary.text);
  const overflows = [32, 64].flatMap((bits) => [
    BigInt.asIntN(bits, whole),
    BigInt.asUintN(bits, whole),
    2n ** BigInt(bits - 1) - 1n,
    -(2n ** BigInt(bits - 1)),
  ]);
  return overflows.some((each) => sameExact(new ExactNumber(String(each)), got));
}

/** As many places for a canary as go together into a spec that dstack accepts and leaves as it is, the configuration's first. */
async function placed(
  probe: Probe,
  kind: Kind,
  base: JsonObject,
  canary: Canary,
  sites: readonly Site[],
): Promise<readonly Placed[]> {
  const fitting = sites.filter(({ choices }) => choices.some(canary.fits));
  const inner = fitting.filter(({ tokens }) => tokens[0] === 'configuration');
  const ordered = [...inner, ...fitting.filter((site) => !inner.includes(site))];
  let places: readonly Placed[] = [];
  for (const { tokens } of ordered) {
    const more = [...places, { ...canary, tokens }];
    if (await dstackKeeps(probe, kind, base, more)) places = more;
    if (places.length === (canary.what === 'a long text' ? 1 : mostPlaces)) break;
  }
  return places;
}

async function dstackKeeps(
  probe: Probe,
  kind: Kind,
  base: JsonObject,
  places: readonly Placed[],
): Promise<boolean> {
  const which = ['control', 'canary'] as const;
  const specs = which.map((each) => plainOf(filled(base, places, each)));
  const forms = await formsOf(probe.parse, kind, specs);
  return forms.every((form, index) => {
    const key = which[index] ?? 'control';
    return (
      form !== null &&
      // Both sides went through JavaScript's numbers.
      places.every((place) => sameExact(exactAt(exactOf(form), place.tokens), exactOf(plainOf(place[key]))))
    );
  });
}

function filled(base: JsonObject, places: readonly Placed[], which: 'canary' | 'control'): ExactObject {
  let spec = exactOf(base) as ExactObject; // it comes from an object
  for (const place of places) spec = withValue<Exact>(spec, place.tokens, place[which]) as ExactObject; // never the root
  return spec;
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
