import { athenaSql } from '../../../shared/collect/archive/athena-sql.ts';
import type { ScanFilter } from '../../../shared/collect/archive/scan-batch.ts';
import type { ArchivePlace } from '../../archive.ts';
import type { Session } from '../session.ts';
import { UserError, userError } from '../user-error.ts';

/** Prints the statements with which Athena answers the question of the scan. */
export async function printAthenaSql(
  session: Session,
  place: ArchivePlace,
  filter: ScanFilter,
): Promise<void> {
  if ('path' in place)
    throw new UserError({
      en: 'Athena reads S3 alone: give --athena-sql the place of a trail there, s3://BUCKET/PREFIX',
      ja: 'Athena が読み取るのは S3 だけです: --athena-sql には S3 にある証跡の場所 s3://BUCKET/PREFIX を指定してください',
    });
  await session.write(userError(() => athenaSql({ ...place, filter })));
}
