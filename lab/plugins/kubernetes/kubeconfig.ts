/** Where the cluster is and how to be let in, by a kubeconfig. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { SecureContextOptions } from "node:tls";

import { parse } from "yaml";

import { UnsupportedError } from "../rpc/errors";
import { at, isObject, listAt, textAt, type Properties, type Value } from "../rpc/values";

export interface Connection {
    readonly url: URL;
    readonly tls: SecureContextOptions & { readonly rejectUnauthorized: boolean; readonly servername?: string };
    readonly headers: Readonly<Record<string, string>>;
    /** Of objects that name none. */
    readonly namespace: string;
    /** What `helm` is called with. */
    readonly context: string;
}

export interface KubeconfigSource {
    /** Of relative paths in it. */
    readonly folder: string;
    readonly text: string;
    /** Undefined where the text came without a file. */
    readonly path: string | undefined;
}

/** @param given path or text; undefined for the usual places */
export function findKubeconfig(given: string | undefined): KubeconfigSource {
    if (given !== undefined && /[\n{]/.test(given)) return { folder: process.cwd(), text: given, path: undefined };
    const paths = (given ?? process.env["KUBECONFIG"] ?? join(homedir(), ".kube", "config"))
        .split(delimiter)
        .filter((path) => path !== "");
    const [path, ...others] = paths;
    if (path === undefined || others.length > 0) {
        throw new UnsupportedError(`A KUBECONFIG of ${paths.length} files (${paths.join(", ")})`);
    }
    const absolute = resolve(path.replace(/^~(?=\/)/, homedir()));
    if (!existsSync(absolute)) {
        throw new Error(`There is no kubeconfig at ${absolute}. Set KUBECONFIG to the file of your cluster.`);
    }
    return { folder: dirname(absolute), text: readFileSync(absolute, "utf8"), path: absolute };
}

/** @param contextName the file's current context where undefined */
export function connectionOf(source: KubeconfigSource, contextName: string | undefined): Connection {
    const where = source.path ?? "the kubeconfig that the provider was given";
    let config: Value;
    try {
        config = parse(source.text) as Value;
    } catch {
        // The parser's message would show a part of the file.
        throw new Error(`${where} is not readable as YAML.`);
    }
    const name = contextName ?? textAt(config, "current-context");
    if (name === undefined) throw new Error(`${where} has no current context. Set cluster.context in the stack file.`);
    const context = entry(config, "contexts", "context", name, where);
    const cluster = entry(config, "clusters", "cluster", textAt(context, "cluster") ?? "", where);
    const user = entry(config, "users", "user", textAt(context, "user") ?? "", where);
    for (const key of ["exec", "auth-provider"]) {
        if (at(user, key) !== undefined) throw new UnsupportedError(`${where}: a user with ${key}`);
    }
    const server = textAt(cluster, "server");
    if (server === undefined) throw new Error(`${where}: the cluster of context ${name} has no server.`);
    const file = (object: Properties, key: string): Buffer | undefined => {
        const data = textAt(object, `${key}-data`);
        if (data !== undefined) return Buffer.from(data, "base64");
        const path = textAt(object, key);
        return path === undefined ? undefined : readFileSync(resolve(source.folder, path));
    };
    const ca = file(cluster, "certificate-authority");
    const cert = file(user, "client-certificate");
    const key = file(user, "client-key");
    const servername = textAt(cluster, "tls-server-name");
    const tokenPath = textAt(user, "tokenFile");
    const token =
        textAt(user, "token") ??
        (tokenPath === undefined ? undefined : readFileSync(resolve(source.folder, tokenPath), "utf8").trim());
    const username = textAt(user, "username");
    const basic = Buffer.from(`${username ?? ""}:${textAt(user, "password") ?? ""}`).toString("base64");
    return {
        url: new URL(server),
        tls: {
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
            ...(servername === undefined ? {} : { servername }),
            rejectUnauthorized: at(cluster, "insecure-skip-tls-verify") !== true,
        },
        headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(token === undefined && username !== undefined ? { authorization: `Basic ${basic}` } : {}),
        },
        namespace: textAt(context, "namespace") ?? "default",
        context: name,
    };
}

function entry(config: Value, list: string, key: string, name: string, where: string): Properties {
    const found = listAt(config, list).find((item) => at(item, "name") === name);
    const value = at(found, key);
    if (isObject(value)) return value;
    const names = listAt(config, list).map((item) => textAt(item, "name") ?? "?");
    throw new Error(`${where} has no ${key} named "${name}". It has: ${names.join(", ") || "none"}.`);
}
