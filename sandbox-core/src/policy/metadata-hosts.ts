/** Where cloud machines ask for their own credentials; names of it are refused by address, but an entry lets it through. */
export const METADATA_HOSTS: ReadonlySet<string> = new Set(['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254', 'metadata.google.internal', 'metadata.goog']);
