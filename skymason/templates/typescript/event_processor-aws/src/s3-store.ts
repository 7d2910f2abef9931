import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fromEnvelope, type Carried } from './events.js';

const DAY_MS = 86_400_000;

/** The event store in S3: objects under `<prefix>year=…/month=…/day=…/`, whose names sort by time. */
export class S3Store {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly prefix: string,
  ) {}

  /**
   * Records of the folders between two times, in about the order in which they came; some are earlier or later
   * than asked for. undefined: from the first one, to the last one.
   */
  async *records(first: Date | undefined, last: Date | undefined): AsyncGenerator<Carried> {
    for await (const key of this.keys(first, last)) {
      const answer = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      // Read at once: a connection does not stay open while events are processed.
      const packed = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      for await (const line of createInterface(Readable.from([Buffer.from(packed)]).pipe(createGunzip()))) {
        if (line.trim() !== '') yield fromEnvelope(line);
      }
    }
  }

  close(): Promise<void> {
    this.s3.destroy();
    return Promise.resolve();
  }

  private async *keys(first: Date | undefined, last: Date | undefined): AsyncGenerator<string> {
    // The folder is chosen when an object is begun: it may hold events of the day after.
    const begin = first ? this.folder(first.getTime() - DAY_MS) : this.prefix;
    const end = `${this.folder((last ?? new Date()).getTime() + DAY_MS)}\uffff`;
    let next: string | undefined;
    do {
      const page = await this.s3.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: this.prefix,
          StartAfter: begin,
          ...(next === undefined ? {} : { ContinuationToken: next }),
        }),
      );
      for (const { Key: key = '' } of page.Contents ?? []) {
        if (key > end) return;
        yield key;
      }
      next = page.NextContinuationToken;
    } while (next !== undefined);
  }

  private folder(moment: number): string {
    const [year = '', month = '', day = ''] = new Date(moment).toISOString().slice(0, 10).split('-');
    return `${this.prefix}year=${year}/month=${month}/day=${day}/`;
  }
}
