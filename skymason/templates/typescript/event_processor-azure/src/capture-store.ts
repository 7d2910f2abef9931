import type { ContainerClient } from '@azure/storage-blob';
import avro from 'avsc';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Carried } from './events.js';

/** Where blobs are; what is used of the SDK. */
export interface Blobs {
  names(prefix: string): AsyncIterable<string>;
  content(name: string): Promise<Buffer>;
}

/** A blob is named by the time when it was begun, and holds what came until it was full. */
const MARGIN_MS = 3_600_000;
/** {namespace}/{event hub}/{partition}/{year}/{month}/{day}/{hour}/{minute}/{second}.avro */
const NAME = /(?:^|\/)(?<lane>\d+)\/(?<day>\d{4}\/\d\d\/\d\d)\/(?<time>\d\d\/\d\d\/\d\d)\.avro$/;
const KEY = 'x-opt-partition-key';

/** Values of a union stand under the name of their type. */
const unwrapped = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? Object.values(value)[0] : value;

const capturedSchema = z.object({
  SequenceNumber: z.coerce.string(),
  EnqueuedTimeUtc: z.string(),
  SystemProperties: z.record(z.string(), z.unknown()).default({}),
  Body: z.preprocess(unwrapped, z.instanceof(Uint8Array).nullable()),
});

/** The event store in Blob Storage, as Event Hubs Capture writes it: blobs with events of one partition. */
export class CaptureStore {
  constructor(
    private readonly blobs: Blobs,
    private readonly prefix: string,
  ) {}

  /**
   * Records of the blobs between two times, those of each partition in their order; some are earlier or later
   * than asked for. undefined: from the first one, to the last one.
   */
  async *records(first: Date | undefined, last: Date | undefined): AsyncGenerator<Carried> {
    const chosen: { lane: string; begun: number; name: string }[] = [];
    for await (const name of this.blobs.names(this.prefix)) {
      const { lane, day, time } = NAME.exec(name)?.groups ?? {};
      if (!lane || !day || !time) continue;
      const begun = Date.parse(`${day.replaceAll('/', '-')}T${time.replaceAll('/', ':')}Z`);
      if (first && begun < first.getTime() - MARGIN_MS) continue;
      if (!last || begun <= last.getTime()) chosen.push({ lane, begun, name });
    }
    chosen.sort((one, other) => one.begun - other.begun);
    for (const { lane, name } of chosen) {
      const content = await this.blobs.content(name);
      const events = Readable.from([content]).pipe(new avro.streams.BlockDecoder());
      for await (const event of events) yield carriedOf(lane, event);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function carriedOf(lane: string, event: unknown): Carried {
  const read = capturedSchema.parse(event);
  const key = unwrapped(read.SystemProperties[KEY]);
  return {
    lane,
    sequence: read.SequenceNumber,
    key: typeof key === 'string' ? key : '',
    time: timeOf(read.EnqueuedTimeUtc),
    data: read.Body ?? new Uint8Array(),
  };
}

/** `1/31/2026 8:05:09 PM`, in UTC. */
function timeOf(text: string): Date {
  return new Date(/Z$|UTC$/.test(text) ? text : `${text} UTC`);
}

/** The blobs of a container. */
export const blobsOf = (container: ContainerClient): Blobs => ({
  async *names(prefix) {
    for await (const blob of container.listBlobsFlat({ prefix })) yield blob.name;
  },
  content: (name) => container.getBlobClient(name).downloadToBuffer(),
});
