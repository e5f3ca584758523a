/** SQL about the instance's stored settings, for those who read one along with something else. */

/** Sets these apart from what else the instance remembers of itself in the same table. */
export const SETTING_PREFIX = "setting.";

/** SQL: the value of a setting as JSON; no row where it is not set. */
export function storedSetting(name: string): string {
  return `select value from instance where key = '${SETTING_PREFIX}${name}'`;
}
