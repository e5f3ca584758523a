/** The one error of the composer: a mail that cannot be written as a correct message, with the reason for a person. */
export class ComposeError extends Error {
  override readonly name = "ComposeError";
}
