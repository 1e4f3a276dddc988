/** `helm.v3.Release` resources. */
import { parse } from "yaml";

import { NotReadyError } from "../../rpc/errors";
import {
    hasUnknowns,
    isObject,
    numberAt,
    secret,
    textAt,
    unknownText,
    withMarksOf,
    withoutMarks,
    withoutNulls,
    type Properties,
    type Value,
} from "../../rpc/values";
import { changesBetween, withoutIgnored, type Change } from "../diff";
import { idOf, parseId, withName, type Naming } from "../objects";
import { HelmError, type Helm } from "./program";
import {
    chartArguments,
    installArguments,
    namespaceArguments,
    supportedInputs,
    timeoutArguments,
    valuesText,
} from "./release";

export interface Problem {
    readonly property: string;
    readonly reason: string;
}

export class Releases {
    /** @param defaultNamespace of Releases that name none */
    constructor(
        private readonly helm: Helm,
        private readonly defaultNamespace: string,
    ) {}

    /** Inputs with a name, a namespace and the exact version of the chart. */
    async check(
        old: Properties | undefined,
        news: Properties,
        naming: Naming,
    ): Promise<{ readonly inputs: Properties; readonly problems: readonly Problem[] }> {
        const plain = supportedInputs(withoutNulls(withoutMarks(news)));
        const oldName = textAt(old, "name");
        const inputs: Properties = {
            namespace: this.defaultNamespace,
            ...plain,
            name: plain["name"] ?? oldName ?? generatedName(naming),
        };
        const marked = (object: Properties) => withMarksOf(object, news);
        if (hasUnknowns(inputs)) return { inputs: marked(inputs), problems: [] };
        try {
            const chart = parse(await this.helm.run(["show", "chart", ...chartArguments(inputs)])) as Value;
            return { inputs: marked({ ...inputs, version: textAt(chart, "version") ?? null }), problems: [] };
        } catch (error) {
            if (!(error instanceof HelmError)) throw error;
            const reason = `${error.message}; check the chart's name and repository.`;
            return { inputs: marked(inputs), problems: [{ property: "chart", reason }] };
        }
    }

    diff(state: Properties, news: Properties, ignored: readonly string[]): readonly Change[] {
        return withoutIgnored(changesBetween(inputsIn(state), withoutMarks(news)), ignored);
    }

    /** State of a Release that a preview would make. */
    preview(news: Properties): Properties {
        return { ...toState(news, undefined), status: unknownText };
    }

    async create(news: Properties): Promise<{ readonly id: string; readonly state: Properties }> {
        const inputs = withoutMarks(news);
        const id = releaseId(inputs);
        await this.install("install", id, news, inputs);
        return { id, state: toState(news, await this.status(inputs)) };
    }

    async update(id: string, news: Properties): Promise<Properties> {
        const inputs = withoutMarks(news);
        await this.install("upgrade", id, news, inputs);
        return toState(news, await this.status(inputs));
    }

    /** Undefined where there is no such Release. */
    async read(id: string, state: Properties): Promise<Properties | undefined> {
        const { namespace = this.defaultNamespace, name } = parseId(id);
        const status = await this.status({ namespace, name });
        if (status === undefined) return undefined;
        return toState(Object.keys(state).length === 0 ? { namespace, name } : inputsWithMarks(state), status);
    }

    async remove(state: Properties): Promise<void> {
        const inputs = inputsIn(state);
        await this.helm.run([
            "uninstall",
            textAt(inputs, "name") ?? "",
            ...namespaceArguments(inputs),
            ...timeoutArguments(inputs),
            "--ignore-not-found",
        ]);
    }

    private async install(
        command: "install" | "upgrade",
        id: string,
        news: Properties,
        inputs: Properties,
    ): Promise<void> {
        try {
            await this.helm.run(installArguments(command, inputs), valuesText(inputs));
        } catch (error) {
            if (!(error instanceof HelmError)) throw error;
            const status = await this.status(inputs);
            // Without a Release of this revision nothing was begun.
            if (status === undefined || textAt(status, "status") !== "failed") throw error;
            throw new NotReadyError(
                `The Release ${id} was made and did not become ready. ${error.message}`,
                [error.message],
                id,
                toState(news, status),
            );
        }
    }

    private async status(inputs: Properties): Promise<Properties | undefined> {
        const release = [textAt(inputs, "name") ?? "", ...namespaceArguments(inputs), "--output", "json"];
        try {
            // `status` alone does not say which chart it is.
            const [status, metadata] = (
                await Promise.all([
                    this.helm.run(["status", ...release]),
                    this.helm.run(["get", "metadata", ...release]),
                ])
            ).map((text) => JSON.parse(text) as Value);
            return {
                appVersion: textAt(metadata, "appVersion") ?? "",
                chart: textAt(metadata, "chart") ?? "",
                name: textAt(status, "name") ?? "",
                namespace: textAt(status, "namespace") ?? "",
                revision: numberAt(status, "version") ?? 0,
                status: textAt(status, "info", "status") ?? "",
                version: textAt(metadata, "version") ?? "",
            };
        } catch (error) {
            if (error instanceof HelmError && error.message.includes("not found")) return undefined;
            throw error;
        }
    }
}

/** The changes that need another Release. */
export function replacingReleaseChanges(changes: readonly Change[]): readonly Change[] {
    return changes.filter(({ path }) => path[0] === "name" || path[0] === "namespace");
}

function generatedName(naming: Naming): string {
    return idOf(withName({}, undefined, naming));
}

function releaseId(inputs: Properties): string {
    return `${textAt(inputs, "namespace") ?? "default"}/${textAt(inputs, "name") ?? ""}`;
}

/** All of `__inputs` is secret, as with the official provider: values may hold anything. */
function toState(inputs: Properties, status: Properties | undefined): Properties {
    return { ...inputs, ...(status === undefined ? {} : { status }), __inputs: secret(inputs) };
}

function inputsIn(state: Properties): Properties {
    return supportedInputs(withoutMarks(inputsWithMarks(state)));
}

function inputsWithMarks(state: Properties): Properties {
    const { __inputs: kept } = state;
    const inputs = isObject(kept) && isObject(kept["value"]) ? kept["value"] : kept;
    return isObject(inputs) ? inputs : {};
}
