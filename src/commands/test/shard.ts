import type { Sample } from '../../replay/samples.ts';
import { inShard } from '../../replay/shard.ts';
import type { Shard } from '../../replay/shard-flag.ts';
import type { Obsolete } from '../../report/report.ts';
import { counted } from '../../report/words.ts';
import type { TestOptions } from './options.ts';
import type { Outcome } from './outcome.ts';

/** The samples of a shard; all, where there is none. */
export function ofShard(samples: readonly Sample[], shard: Shard | null): readonly Sample[] {
  if (shard === null) return samples;
  const paths = new Set(
    inShard(
      samples.map(({ path }) => path),
      shard,
    ),
  );
  return samples.filter(({ path }) => paths.has(path));
}

/** More shards than samples leave some of them without one, which is said, and no error: the others have them. */
export function emptyShard(samples: number, { shard }: TestOptions, obsolete: readonly Obsolete[]): Outcome {
  process.stderr.write(
    `Shard ${shard?.number}/${shard?.of} has none of the ${counted(samples, 'sample')}: nothing was replayed.\n`,
  );
  return {
    target: null,
    replays: [],
    findings: [],
    failures: [],
    obsolete,
    serviceLog: [],
    obsoleteLeft: obsolete.some(({ removed }) => !removed),
    emptyShard: true,
  };
}
