import type { Policy } from '../policy';
import type { MaskedSecret } from './placeholder';

/** A masked AWS credential: requests made with its placeholder are signed again. */
export interface AwsCredential {
  readonly accessKeyId: MaskedSecret;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** srt pairs these by itself; credentials.awsPairs names others. */
const USUAL_VARIABLES = { accessKeyIdVar: 'AWS_ACCESS_KEY_ID', secretAccessKeyVar: 'AWS_SECRET_ACCESS_KEY', sessionTokenVar: 'AWS_SESSION_TOKEN' };

/** @param maskedIn what was masked as the whole of a variable */
export function awsCredentialsIn(policy: Policy, environment: Readonly<Record<string, string>>, maskedIn: (name: string) => MaskedSecret | undefined): AwsCredential[] {
  return [USUAL_VARIABLES, ...(policy.credentials?.awsPairs ?? [])].flatMap((pair): AwsCredential[] => {
    const accessKeyId = maskedIn(pair.accessKeyIdVar);
    const secret = maskedIn(pair.secretAccessKeyVar);
    const sessionToken = pair.sessionTokenVar === undefined ? undefined : environment[pair.sessionTokenVar];
    return accessKeyId && secret ? [{ accessKeyId, secretAccessKey: secret.secret, sessionToken }] : [];
  });
}
