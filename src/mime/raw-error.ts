/** The one error about a mail that comes ready-made: what is wrong with it, for the person who sends it. */
export class RawMailError extends Error {
  override readonly name = "RawMailError";
}
