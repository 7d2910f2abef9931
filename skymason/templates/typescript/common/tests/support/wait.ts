/** Waits until `holds` gives true. Throws after `seconds`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  seconds = 45,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
