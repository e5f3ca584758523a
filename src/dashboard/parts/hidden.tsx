/** What a form sends along unseen. */

/** What is undefined is left out. */
export function Hidden({ fields }: { fields: Readonly<Record<string, string | undefined>> }) {
  return (
    <>
      {Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
    </>
  );
}
