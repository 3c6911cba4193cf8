import { timingSafeEqual } from 'node:crypto';

/** What a proxy asks of its clients, where others than the sandbox could reach it. */
export interface ProxyCredentials {
  readonly user: string;
  readonly password: string;
}

/** @param authorization the value of Proxy-Authorization, RFC 7617 */
export function isAdmitted(authorization: string | undefined, credentials: ProxyCredentials | undefined): boolean {
  return !credentials || isSame(authorization ?? '', `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`);
}

/** Takes as long for a near miss as for a wide one. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
