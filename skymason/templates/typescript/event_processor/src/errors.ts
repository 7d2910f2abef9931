/** The event can never be processed: it is not what was agreed. Trying again would change nothing. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

/** Something around the events cannot be reached. It is nobody's fault but its own: no attempt counts. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Processing ended before the event was done: whoever comes next does it. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
