/** A text as it is, line by line, in a region that scrolls by itself, which a keyboard reaches. */

export function Verbatim({ label, text }: { label: string; text: string }) {
  return (
    <section class="verbatim" aria-label={label} tabindex={0}>
      <pre>{text}</pre>
    </section>
  );
}

export function Json({ label, value }: { label: string; value: unknown }) {
  return <Verbatim label={label} text={JSON.stringify(value, null, 2)} />;
}
