import { Unavailable } from './errors.js';

/** Of every client of AWS: it gives up in seconds, and is asked again by whoever needs the answer. */
export const clientOptions = (place: string) => {
  const region = regionOf(place);
  return {
    ...(region === undefined ? {} : { region }),
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
};

/** Of an ARN, or of the address of a queue. */
export function regionOf(place: string): string | undefined {
  if (place.startsWith('arn:')) return place.split(':')[3];
  return /^https?:\/\/sqs\.([a-z0-9-]+)\.amazonaws\./.exec(place)?.[1];
}

/** What AWS answers; whatever keeps it from answering as Unavailable, but for errors of these names. */
export async function asked<Answer>(
  what: string,
  call: () => Promise<Answer>,
  known: readonly string[] = [],
): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && known.includes(error.name)) throw error;
    throw new Unavailable(`${what}: ${String(error)}`, { cause: error });
  }
}
