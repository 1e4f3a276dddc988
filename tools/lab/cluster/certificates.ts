/** Certificates and keys, made with openssl. Keys have mode 600 and never leave the folder but in a kubeconfig. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { cacheKey } from "../../common/build/cacheKey";
import { run } from "../../common/commands";

const validDays = 3650;

/** openssl asks for a file; everything else is said on its command line. */
const opensslConfiguration = "[req]\ndistinguished_name = subject\n[subject]\n";

export interface Pair {
    readonly certificatePath: string;
    readonly keyPath: string;
}

export interface CertificateRequest {
    /** Names its files. */
    readonly name: string;
    readonly commonName: string;
    /** Kubernetes reads it as a group. */
    readonly organization?: string;
    readonly usages: readonly ("serverAuth" | "clientAuth")[];
    /** DNS names and IP addresses that it serves under. */
    readonly hosts?: readonly string[];
}

/** A certificate authority in a folder of its own. What is there already is used again. */
export class CertificateAuthority {
    private constructor(
        private readonly folder: string,
        readonly certificatePath: string,
        private readonly keyPath: string,
    ) {}

    static async open(folder: string, commonName: string): Promise<CertificateAuthority> {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, "openssl.cnf"), opensslConfiguration);
        const { certificatePath, keyPath } = await makePair(folder, "ca", [
            ...["-subj", `/CN=${commonName}`],
            ...["-addext", "basicConstraints=critical,CA:TRUE"],
            ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        ]);
        return new CertificateAuthority(folder, certificatePath, keyPath);
    }

    /** The certificate of the authority itself, PEM. */
    get certificate(): string {
        return readFileSync(this.certificatePath, "utf8");
    }

    issue({ name, commonName, organization, usages, hosts = [] }: CertificateRequest): Promise<Pair> {
        const subject = `${organization === undefined ? "" : `/O=${organization}`}/CN=${commonName}`;
        const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`);
        return makePair(this.folder, name, [
            ...["-CA", this.certificatePath, "-CAkey", this.keyPath],
            ...["-subj", subject],
            ...["-addext", "basicConstraints=critical,CA:FALSE"],
            ...["-addext", "keyUsage=critical,digitalSignature"],
            ...["-addext", `extendedKeyUsage=${usages.join(",")}`],
            ...(names.length === 0 ? [] : ["-addext", `subjectAltName=${names.join(",")}`]),
        ]);
    }
}

/** A key pair that signs service accounts' tokens. */
export async function signingKeys(
    folder: string,
): Promise<{ readonly publicKeyPath: string; readonly keyPath: string }> {
    const keyPath = join(folder, "service-accounts.key");
    const publicKeyPath = join(folder, "service-accounts.pub");
    if (!existsSync(publicKeyPath)) {
        await run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", keyPath]);
        await run("openssl", ["pkey", "-in", keyPath, "-pubout", "-out", publicKeyPath]);
    }
    return { publicKeyPath, keyPath };
}

async function makePair(folder: string, what: string, options: readonly string[]): Promise<Pair> {
    // One that states something else is another: a lab may be older than this code.
    const name = `${what}-${cacheKey(...options)}`;
    const certificatePath = join(folder, `${name}.crt`);
    const keyPath = join(folder, `${name}.key`);
    if (existsSync(certificatePath)) return { certificatePath, keyPath };
    // The certificate gets its name last: an interrupted run leaves a key alone, and both are made anew.
    const unfinished = `${certificatePath}.new`;
    await run("openssl", [
        ...["req", "-x509", "-config", join(folder, "openssl.cnf"), "-days", String(validDays)],
        ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"],
        ...["-keyout", keyPath, "-out", unfinished],
        ...options,
    ]);
    renameSync(unfinished, certificatePath);
    return { certificatePath, keyPath };
}
