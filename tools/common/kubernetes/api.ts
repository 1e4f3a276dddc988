/** The Kubernetes API: single requests, watches and logs. */
import { setTimeout as sleep } from "node:timers/promises";

import { until } from "../until";
import { paths, type KubernetesObject, type ObjectMeta } from "./objects";

interface List<T> {
    readonly metadata: { readonly resourceVersion: string };
    readonly items: readonly T[];
}

/** The API server's own words on why a request failed. */
export class ApiError extends Error {
    constructor(
        readonly method: string,
        readonly path: string,
        readonly status: number,
        readonly reason: string,
    ) {
        super(`${method} ${path}: ${status} ${reason}`);
    }
}

export type OnChange<T> = (object: T, isDeleted: boolean) => void;

/** How long requests go on while no API server answers. Longer than one takes to restart. */
const patienceSeconds = 60;
/** Of one request: the API server itself gives up after so long. */
const timeoutSeconds = 60;
/** Above any grace period that a pod in it has, and the slowest machine. */
const namespaceSeconds = 600;
/** How long the end of a log may take. It is on a node, which may be gone. */
const logSeconds = 10;

interface Namespace extends KubernetesObject {
    readonly status?: { readonly conditions?: readonly { readonly status: string; readonly message?: string }[] };
}

export class Api {
    /** @param url of a proxy that logs in: {@link startProxy} */
    constructor(private readonly url: string) {}

    get<T>(path: string): Promise<T> {
        return this.send<T>("GET", path);
    }

    async list<T extends KubernetesObject>(path: string): Promise<readonly T[]> {
        return (await this.get<List<T>>(path)).items;
    }

    async find<T>(path: string): Promise<T | undefined> {
        try {
            return await this.get<T>(path);
        } catch (error) {
            if (error instanceof ApiError && error.status === 404) return undefined;
            throw error;
        }
    }

    /** Creates an object, or changes it to this, as `kubectl apply --server-side --force-conflicts` does. */
    async apply(path: string, object: object): Promise<void> {
        await this.send("PATCH", `${path}?fieldManager=drill&force=true`, object, "application/apply-patch+yaml");
    }

    /** Merge patch; the strategic one where the kind has one. */
    async patch(path: string, patch: object): Promise<void> {
        await this.send("PATCH", path, patch, "application/strategic-merge-patch+json");
    }

    /** @param path of all objects of the kind in a namespace */
    async create(path: string, object: object): Promise<void> {
        await this.send("POST", path, object, "application/json");
    }

    /**
     * Deletes; what is not there is no error.
     *
     * @param propagationPolicy Kubernetes' own for the kind where undefined
     */
    async delete(path: string, propagationPolicy?: "Foreground"): Promise<void> {
        const options = propagationPolicy === undefined ? undefined : { propagationPolicy };
        try {
            await this.send("DELETE", path, options, options === undefined ? undefined : "application/json");
        } catch (error) {
            if (!(error instanceof ApiError && error.status === 404)) throw error;
        }
    }

    /**
     * Deletes a namespace, and returns when it is gone with all that was in it.
     *
     * @throws after ten minutes, with what is left in it
     */
    async deleteNamespace(name: string): Promise<void> {
        const path = paths.namespace(name);
        await this.delete(path);
        let found: Namespace | undefined;
        await until(async () => (found = await this.find<Namespace>(path)) === undefined, {
            seconds: namespaceSeconds,
            pollMilliseconds: 500,
            pending: () => `namespace ${name} to be gone${leftIn(found)}`,
        });
    }

    /**
     * Tells of every object and of each change to it, until the signal. Goes on after interruptions, with a new list: what
     * was deleted meanwhile is told as deleted.
     */
    watch<T extends KubernetesObject>(path: string, onChange: OnChange<T>, signal: AbortSignal): void {
        const known = new Map<string, T>();
        const keyOf = ({ metadata }: T) => metadata.uid ?? `${metadata.namespace ?? ""}/${metadata.name}`;
        const tell = (object: T, isDeleted: boolean) => {
            if (isDeleted) known.delete(keyOf(object));
            else known.set(keyOf(object), object);
            onChange(object, isDeleted);
        };
        const once = async () => {
            const list = await this.get<List<T>>(path);
            const present = new Set(list.items.map(keyOf));
            for (const [key, object] of [...known]) if (!present.has(key)) tell(object, true);
            for (const object of list.items) {
                if (known.get(keyOf(object))?.metadata.resourceVersion !== object.metadata.resourceVersion) {
                    tell(object, false);
                }
            }
            const separator = path.includes("?") ? "&" : "?";
            const query = `watch=true&resourceVersion=${list.metadata.resourceVersion}`;
            for await (const line of this.lines(`${path}${separator}${query}`, signal)) {
                const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: T };
                if (type === "ERROR") return;
                if (type !== "BOOKMARK") tell(object, type === "DELETED");
            }
        };
        void this.again(once, signal);
    }

    /** A container's log from a time on, line by line, until it has ended or the signal. */
    async *log(
        { namespace = "", name }: ObjectMeta,
        container: string,
        since: Date,
        signal: AbortSignal,
    ): AsyncGenerator<string> {
        const query = new URLSearchParams({ container, follow: "true", sinceTime: since.toISOString() });
        yield* this.lines(`${paths.pods(namespace)}/${name}/log?${query.toString()}`, signal);
    }

    /** The last lines of a container's log; of its run before the present one where `isPrevious`. */
    async logEnd(
        { namespace = "", name }: ObjectMeta,
        container: string,
        lines: number,
        isPrevious: boolean,
    ): Promise<readonly string[]> {
        const query = new URLSearchParams({ container, tailLines: String(lines), previous: String(isPrevious) });
        const path = `${paths.pods(namespace)}/${name}/log?${query.toString()}`;
        const found: string[] = [];
        for await (const line of this.lines(path, AbortSignal.timeout(logSeconds * 1000))) found.push(line);
        return found;
    }

    private async again(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            try {
                await work();
            } catch {
                // The API server is away, or has forgotten the version: from the list again.
            }
            await sleep(200);
        }
    }

    private async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
        const response = await fetch(this.url + path, { signal });
        if (!response.ok || response.body === null) {
            throw new ApiError("GET", path, response.status, await response.text());
        }
        let rest = "";
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
            const lines = (rest + chunk).split("\n");
            rest = lines.pop() ?? "";
            yield* lines;
        }
        if (rest !== "") yield rest;
    }

    private async send<T>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
        const deadline = performance.now() + patienceSeconds * 1000;
        for (;;) {
            try {
                return await this.sendOnce<T>(method, path, body, contentType);
            } catch (error) {
                // While the API server restarts, the proxy answers 502, and 503 or 429 come from the server itself.
                const isPassing = !(error instanceof ApiError) || [429, 502, 503].includes(error.status);
                if (!isPassing) throw error;
                if (performance.now() > deadline) {
                    const reason = error instanceof Error ? error.message : String(error);
                    throw new Error(`After ${patienceSeconds} s still no answer to ${method} ${path}: ${reason}`, {
                        cause: error,
                    });
                }
                await sleep(500);
            }
        }
    }

    private async sendOnce<T>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
        const response = await fetch(this.url + path, {
            method,
            signal: AbortSignal.timeout(timeoutSeconds * 1000),
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            headers: {
                accept: "application/json",
                ...(contentType === undefined ? {} : { "content-type": contentType }),
            },
        });
        const text = await response.text();
        if (!response.ok) throw new ApiError(method, path, response.status, reasonOf(text));
        return JSON.parse(text) as T;
    }
}

/** In the words of the API server: "Some resources are remaining: pods. has 2 resource instances". */
function leftIn(namespace: Namespace | undefined): string {
    const messages = namespace?.status?.conditions?.flatMap(({ status, message }) =>
        status === "True" && message !== undefined ? [message] : [],
    );
    return messages === undefined || messages.length === 0 ? "" : ` (${messages.join("; ")})`;
}

function reasonOf(text: string): string {
    try {
        return (JSON.parse(text) as { readonly message?: string }).message ?? text;
    } catch {
        return text.trim();
    }
}
