import { z } from 'zod';

/** An event as a stream or a store carries it. */
export interface Carried {
  /** The shard or partition. */
  lane: string;
  /** Its place in that. */
  sequence: string;
  /** What the producer chose the lane by. */
  key: string;
  time: Date;
  data: Uint8Array;
}

export type Body = Record<string, unknown>;

/** An event whose schema has been checked. */
export interface Event {
  /** The same whenever it comes. */
  id: string;
  /** Order is kept by it. */
  key: string;
  body: Body;
  carried: Carried;
}

/** As one line of JSON, as the event store keeps it. */
export function envelope(carried: Carried, { withData = true } = {}): string {
  const { key, lane, sequence, time, data } = carried;
  const text = withData ? Buffer.from(data).toString('base64') : null;
  return JSON.stringify({ key, lane, sequence, time: time.getTime(), data: text });
}

const envelopeSchema = z.object({
  key: z.coerce.string(),
  lane: z.coerce.string(),
  sequence: z.coerce.string(),
  time: z.coerce.number(),
  data: z.base64(),
});

/** The event in a line of the event store. Throws for a line that holds none. */
export function fromEnvelope(line: string): Carried {
  const { data, time, ...found } = envelopeSchema.parse(JSON.parse(line));
  return { ...found, time: new Date(time), data: Buffer.from(data, 'base64') };
}

/** The event in a record. Without an `id` of its own, its place in the stream tells it from others. */
export function eventOf(carried: Carried, body: Body, orderingKey: string | undefined): Event {
  return {
    id: textOf(body['id']) ?? `${carried.lane}:${carried.sequence}`,
    key: (orderingKey === undefined ? undefined : textOf(body[orderingKey])) ?? carried.key,
    body,
    carried,
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
