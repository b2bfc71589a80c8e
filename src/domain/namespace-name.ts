/** As it stands in a pattern: a DNS label. */
export const namespacePattern = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';

const whole = new RegExp(`^${namespacePattern}$`);

export function isNamespaceName(text: string): boolean {
  return whole.test(text);
}
