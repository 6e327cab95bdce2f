/** Time in tests: the clock is jest's, and stands still until a test moves it. */

/** Let `milliseconds` pass; resolves when all that was due has run, and every request is answered. */
export async function pass(milliseconds = 0): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
}
