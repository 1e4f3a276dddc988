/** How Prometheus, or what stands before it, is told who asks. Secrets come from the environment, and are never printed. */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

import { UsageError } from "../../common/commandLine";

export interface Access {
    /** Without a name and a password. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
}

/**
 * @param text may have a name and a password in it, which are sent and not shown
 * @param tenant for Mimir, Cortex and their like
 */
export function accessTo(
    text: string,
    tenant: string | undefined,
    { PROMETHEUS_TOKEN: token, PROMETHEUS_USER: user, PROMETHEUS_PASSWORD: password }: NodeJS.ProcessEnv,
): Access {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
        throw new UsageError(
            `--prometheus ${text.replace(/\/\/[^/@]*@/, "//")}: a URL is needed, http://localhost:9090.`,
        );
    }
    const url = new URL(text);
    const [name, secret] =
        url.username === "" ? [user, password] : [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    url.username = "";
    url.password = "";
    return {
        url: url.href,
        headers: {
            ...(token !== undefined && token !== ""
                ? { Authorization: `Bearer ${token}` }
                : name !== undefined && name !== ""
                  ? { Authorization: `Basic ${Buffer.from(`${name}:${secret ?? ""}`).toString("base64")}` }
                  : {}),
            ...(tenant === undefined ? {} : { "X-Scope-OrgID": tenant }),
        },
    };
}

/**
 * Trusts what these certificates have signed, beside the usual ones, for the rest of the process.
 *
 * @throws UsageError where there is no such file
 */
export function trust(path: string): void {
    try {
        setDefaultCACertificates([...getCACertificates("default"), readFileSync(path, "utf8")]);
    } catch (error) {
        throw new UsageError(`--prometheus-ca ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
}
