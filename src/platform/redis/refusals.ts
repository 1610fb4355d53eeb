/**
 * What a Redis that answers refuses, as a person needs to hear it: what it means, and what to do. Its own codes tell it.
 */

/** `meaning` completes "Redis answers, but it …". */
export interface Refusal {
  /** Redis' own word, or OpenSSL's for a certificate. */
  code: string;
  meaning: string;
}

const passing = 'try again in a moment';
const noCluster =
  'is a cluster, whose nodes share the keys out among them: set REDIS_URL to a Redis without cluster mode';
const unknownAuthority =
  'has a certificate of no authority that is known here: name a file with that of its authority in REDIS_CA_FILE';

const meanings: Readonly<Record<string, string>> = {
  NOAUTH: 'asks for a password: name a file with it in REDIS_PASSWORD_FILE, or put it into REDIS_URL',
  WRONGPASS: 'does not take this user and password: correct REDIS_URL, or the file that REDIS_PASSWORD_FILE names',
  NOPERM: 'does not let its user do what Lookback does: give it the rights that docs/redis.md lists',
  DENIED: 'takes connections from its own machine alone (protected mode): give it a password',
  LOADING: `is still loading its data; ${passing}`,
  OOM: 'has used up its memory: give it more (maxmemory), or remove jobs',
  MISCONF: 'cannot write to its disk and takes no changes: make room on the disk of its data',
  READONLY: 'is a replica that takes no changes: set REDIS_URL to the primary',
  NOREPLICAS: 'takes no changes while too few of its replicas answer (min-replicas-to-write)',
  BUSY: `is busy with a script; ${passing}`,
  MASTERDOWN: `has lost its primary; ${passing}`,
  CROSSSLOT: noCluster,
  MOVED: noCluster,
  ASK: noCluster,
  CLUSTERDOWN: noCluster,
  MAXCLIENTS: 'has as many connections as it takes: raise its maxclients',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_HAS_EXPIRED: 'has a certificate that has expired: renew it there',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for other names than the one in REDIS_URL: use one of those',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'asks for a certificate of ours, which Lookback has not: set tls-auth-clients no there',
};

/** What Redis itself says where no error says it. */
export const refusals = { LOADING: { code: 'LOADING', meaning: meanings.LOADING } } as const;

/** null: the error is no refusal that is known. */
export function refusalIn(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null;
  const code = codeIn(error);
  if (code === undefined || !Object.hasOwn(meanings, code)) return null;
  // Which command, key or channel it was.
  const said = code === 'NOPERM' ? ` (${error.message.replace(/^NOPERM /, '')})` : '';
  return { code, meaning: meanings[code] + said };
}

/** The sentence for callers and for the log. */
export function describeRefusal({ code, meaning }: Refusal): string {
  return `Redis answers, but it ${meaning} (${code}).`;
}

/** Whether Redis itself said it. */
export function isReply(cause: unknown): cause is Error & { name: 'ReplyError' } {
  return cause instanceof Error && cause.name === 'ReplyError';
}

function codeIn(error: Error): string | undefined {
  if (!isReply(error)) return (error as NodeJS.ErrnoException).code;
  const { message } = error;
  if (/max number of clients/.test(message)) return 'MAXCLIENTS';
  if (/client sent AUTH|without any password configured/i.test(message)) return undefined;
  // Redis 6 wraps what a script's command was refused with: "ERR Error running script (…): @user_script: 1: -OOM …".
  const [, wrapped] = /^ERR Error running script .*-([A-Z]+) /.exec(message) ?? [];
  return wrapped ?? message.split(' ')[0].replace(/^-/, '');
}
