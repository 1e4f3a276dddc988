/** Telling by name and value what should not stand in a stack file in plain text. */

const secretName =
    /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|(?:^|_)(?:PASS$|PWD|PW|TOKEN|AUTH$|SALT$|(?:\w+_)?(?:API|ACCESS|PRIVATE|ENCRYPTION|SIGNING)_?KEY))(?:_|\d*$)/;

/** What ends in KEY is a secret but for these. */
const keyName = /\w_KEY\d*$/;
const publicKeyName =
    /(?:PUBLIC|PUBLISHABLE|SITE|CACHE|PRIMARY|FOREIGN|SORT|PARTITION|SHARD|ROUTING|INDEX|LOOKUP)_?KEY\d*$/;

/** A secret's name with one of these at its end is about a secret, and is none. */
const aboutSecret =
    /_(?:FILE|ENV|PATH|DIR|NAME|HEADER|FIELD|COOKIE|PARAM|URL|URI|ENDPOINT|TTL|LIFETIME|LEEWAY|EXP|EXPIR\w*|TIMEOUT|MS|SECONDS|MINUTES|HOURS|DAYS|LENGTH|SIZE|MIN|MAX|COUNT|LIMIT|ATTEMPTS|COST|ROUNDS|ALGO|ALGORITHM|HASHER|TYPE|DRIVER|PROVIDER|BACKEND|MANAGER|ISSUER|AUDIENCE|POLICY|PREFIX|REGION|ENABLED|DISABLED|REQUIRED|ALLOWED|THROTTLE)$/;

/** As in mysql://user:password@host/name, also as one of several. */
const urlWithPassword = /\b[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*:[^/?#@\s]+@/i;
/** Also as databases and clouds write connections: host=db password=..., AccountName=shop;AccountKey=... */
const queryWithPassword =
    /(?:^|[?&;\s])(?:auth|password|passwd|pwd|pass|token|secret|accountkey|sharedaccesskey)(?:\[\w*\])?\s?=\s?[^&;\s]/i;

/** As in a header; a word with a digit follows. */
const authorization = /\b(?:bearer|basic)\s+(?=[\w.~+/=-]*\d)[\w.~+/=-]{12}/i;

/** What no secret is, whatever its name. */
const onOrOff = /^(?:true|false|yes|no|on|off|enabled|disabled|none|null|[01])$/i;

/** Keys whose issuers gave them a form that is theirs alone, private keys, and Laravel's. */
const knownSecret =
    /\b(?:[sr]k_(?:live|test)_\w|whsec_\w|sk-[\w-]{20}|gh[opsu]_\w|github_pat_\w|glpat-[\w-]|npm_\w{30}|xox[abprs]-\w|(?:AKIA|ASIA)[0-9A-Z]{16}\b|AIza[\w-]{30}|SG\.[\w-]{16,}\.|eyJ[\w-]{8,}\.eyJ)|^base64:[A-Za-z0-9+/]{22,}=*$|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Whether the value of that name looks like a secret. A name may be in any case: dbPassword, mysqli.default_pw. */
export function isSecretLike(name: string, value: string): boolean {
    if ([urlWithPassword, queryWithPassword, authorization, knownSecret].some((secret) => secret.test(value)))
        return true;
    const words = name
        .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
        .replaceAll(".", "_")
        .toUpperCase();
    if (value === "" || onOrOff.test(value) || aboutSecret.test(words)) return false;
    return secretName.test(words) || (keyName.test(words) && !publicKeyName.test(words));
}
