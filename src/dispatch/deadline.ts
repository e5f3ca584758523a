/** Waits for an end, but not for ever. */

/** Whether it ended within so many milliseconds; it goes on either way. Rejects as it does. */
export async function endsWithin(ms: number, end: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([end.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
