import type { Context } from '../../replay/model.ts';
import { type Plan, planReplays } from '../../replay/planned.ts';
import type { Sample } from '../../replay/samples.ts';
import type { Shard } from '../../replay/shard-flag.ts';
import type { Configuration } from '../../target/configuration.ts';
import { ofShard } from './shard.ts';

/** What a run replays of the samples that were selected, with their expectations as they are now. */
export async function planOf(
  selected: readonly Sample[],
  of: {
    readonly asked: readonly Context[];
    readonly shard: Shard | null;
    readonly configuration: Pick<Configuration, 'replayAs'>;
  },
): Promise<Plan> {
  const contexts = { asked: of.asked, byDefault: of.configuration.replayAs };
  return await planReplays(ofShard(selected, of.shard), contexts);
}
