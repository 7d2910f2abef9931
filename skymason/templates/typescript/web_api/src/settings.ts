import { commonSettings } from './runtime/common-settings.js';
import { readSettings } from './runtime/settings.js';

export const loadSettings = (environment: NodeJS.ProcessEnv = process.env) =>
  readSettings(commonSettings, environment);

export type Settings = ReturnType<typeof loadSettings>;
