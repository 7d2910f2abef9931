import { Unavailable } from './errors.js';

/** What Azure answers; undefined where there is no such thing; whatever else goes wrong as Unavailable. */
export async function asked<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw new Unavailable(`${what}: ${String(error)}`, { cause: error });
  }
}
