import { z } from 'zod';

/** Settings that are missing or wrong; the message names all of them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`settings are wrong: ${problems.join('; ')}`);
  }
}

/** A whole number as text, within bounds. */
export const integer = (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  z
    .string('is required')
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

/** A number as text, within bounds. */
export const decimal = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .string('is required')
    .regex(/^-?\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

export const text = () => z.string('is required');

/** Names, separated by commas. */
export const list = () =>
  z.string('is required').transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

export const flag = () =>
  z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

export const httpUrl = () =>
  z.url({
    protocol: /^https?$/,
    error: ({ input }) => (input === undefined ? 'is required' : 'must be an http or https address'),
  });

/** Names of settings come from outside, so that they are read in one place: here. */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv,
): z.output<z.ZodObject<Shape>> {
  // An empty value is none: that is how a template leaves a setting open.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const read = z.object(shape).safeParse(given);
  if (read.success) return read.data;
  throw new SettingsError(read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
}
