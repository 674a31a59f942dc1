import type { ReplayAnswer } from '../../engine/protocol.ts';
import type { Finding, Replay } from '../model.ts';
import { unexplained } from './explained.ts';
import { findingsFromExchanges } from './from-exchanges.ts';
import { type FactCircumstances, findingsFromFacts } from './from-facts.ts';
import { findingsFromResult } from './from-result.ts';
import { identityFindings } from './identity.ts';

/** Every finding of a replay: errors first, else in the order in which things happened. */
export function findingsOf(
  answer: ReplayAnswer,
  replay: Omit<Replay, 'findings'>,
  about: FactCircumstances,
): readonly Finding[] {
  const exchanges = answer.exchanges ?? [];
  const ofExchanges = findingsFromExchanges(answer, { replay, mask: about.mask });
  const others = [
    ...findingsFromFacts(answer, about),
    ...findingsFromResult(replay, answer.facts, about.mask.lines(answer.printed)),
    ...identityFindings(replay.changes, replay.expected, replay.verdict === 'passed'),
  ];
  const found = [...ofExchanges, ...unexplained(others, ofExchanges, replay, exchanges)];
  const once = found.filter(
    (finding, index) =>
      found.findIndex(({ code, text }) => code === finding.code && text === finding.text) === index,
  );
  return once.sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}
