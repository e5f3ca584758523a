/** The end of a form that takes a page: do it, or go back. */

export function Buttons({ words, back }: { words: string; back: string }) {
  return (
    <p class="row">
      <button type="submit" class="primary">
        {words}
      </button>
      <a class="button" href={back}>
        Cancel
      </a>
    </p>
  );
}
