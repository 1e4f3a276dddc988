/** Inputs of `helm.v3.Release`, and what helm is told of them. */
import { UnsupportedError } from "../../rpc/errors";
import { at, isObject, numberAt, textAt, type Properties } from "../../rpc/values";

/** Inputs that mean a flag of `helm install` and `helm upgrade` where they are true. */
const flags: Readonly<Record<string, string>> = {
    atomic: "--atomic",
    createNamespace: "--create-namespace",
    dependencyUpdate: "--dependency-update",
    devel: "--devel",
    disableOpenapiValidation: "--disable-openapi-validation",
    disableWebhooks: "--no-hooks",
    renderSubchartNotes: "--render-subchart-notes",
    skipCrds: "--skip-crds",
    takeOwnership: "--take-ownership",
    waitForJobs: "--wait-for-jobs",
};

const upgradeFlags: Readonly<Record<string, string>> = {
    cleanupOnFail: "--cleanup-on-fail",
    forceUpdate: "--force",
    resetValues: "--reset-values",
    reuseValues: "--reuse-values",
};

const others = [
    "allowNullValues",
    "chart",
    "description",
    "maxHistory",
    "name",
    "namespace",
    "repositoryOpts",
    "skipAwait",
    "timeout",
    "values",
    "version",
];

/** What the SDK adds, and what the official provider sets by itself. */
const meaningless = ["compat", "resourceNames", "status", "checksum"];

const known = new Set([...Object.keys(flags), ...Object.keys(upgradeFlags), ...others]);

/** The inputs that matter. Throws where one is not supported. */
export function supportedInputs(inputs: Properties): Properties {
    const given = Object.entries(inputs).filter(([key, value]) => value !== null && !meaningless.includes(key));
    for (const [key, value] of given) {
        const isEmpty = value === false || value === "" || (Array.isArray(value) && value.length === 0);
        if (!known.has(key) && !isEmpty) throw new UnsupportedError(`helm.v3.Release: ${key}`);
    }
    return Object.fromEntries(given.filter(([key]) => known.has(key)));
}

/** Arguments that say which chart. */
export function chartArguments(inputs: Properties): readonly string[] {
    const chart = textAt(inputs, "chart") ?? "";
    const options = at(inputs, "repositoryOpts");
    // On helm's command line every user of the machine could read it.
    if (textAt(options, "password") !== undefined)
        throw new UnsupportedError("helm.v3.Release: repositoryOpts.password");
    const repository = textAt(options, "repo");
    const version = textAt(inputs, "version");
    const text = (flag: string, key: string) => {
        const value = textAt(options, key);
        return value === undefined ? [] : [flag, value];
    };
    return [
        chart,
        // An OCI address is the chart's own.
        ...(repository === undefined || chart.startsWith("oci://") ? [] : ["--repo", repository]),
        ...(version === undefined ? [] : ["--version", version]),
        ...text("--ca-file", "caFile"),
        ...text("--cert-file", "certFile"),
        ...text("--key-file", "keyFile"),
    ];
}

const defaultTimeoutSeconds = 300;

/** Arguments of `helm install` and `helm upgrade`; the values are read from standard input. */
export function installArguments(command: "install" | "upgrade", inputs: Properties): readonly string[] {
    const set = Object.entries({ ...flags, ...(command === "upgrade" ? upgradeFlags : {}) });
    const description = textAt(inputs, "description");
    const history = numberAt(inputs, "maxHistory");
    return [
        command,
        textAt(inputs, "name") ?? "",
        ...chartArguments(inputs),
        ...namespaceArguments(inputs),
        ...["--values", "-"],
        ...timeoutArguments(inputs),
        ...set.flatMap(([key, flag]) => (inputs[key] === true ? [flag] : [])),
        ...(description === undefined ? [] : ["--description", description]),
        ...(command === "upgrade" && history !== undefined ? ["--history-max", String(history)] : []),
        ...["--output", "json"],
    ];
}

export function namespaceArguments(inputs: Properties): readonly string[] {
    return ["--namespace", textAt(inputs, "namespace") ?? "default"];
}

/** Waits, unless the program says `skipAwait`. */
export function timeoutArguments(inputs: Properties): readonly string[] {
    const seconds = numberAt(inputs, "timeout") ?? defaultTimeoutSeconds;
    return [...(inputs["skipAwait"] === true ? [] : ["--wait"]), "--timeout", `${seconds}s`];
}

export function valuesText(inputs: Properties): string {
    const values = inputs["values"];
    // JSON is YAML.
    return JSON.stringify(isObject(values) ? values : {});
}
