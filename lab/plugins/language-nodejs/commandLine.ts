/** How @pulumi/pulumi's own scripts are called. */
import { createRequire } from "node:module";
import { join } from "node:path";

import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

import type { Properties } from "../rpc/values";

export interface RuntimeOptions {
    /** Arguments of node. */
    readonly nodeArgs: readonly string[];
    /** False where the program brings its own way to run TypeScript. */
    readonly typeScript: boolean;
    readonly tsconfig: string | undefined;
}

/** `runtime.options` of Pulumi.yaml. */
export function readOptions(options: Properties): RuntimeOptions {
    const known = ["nodeargs", "typescript", "tsconfig", "packagemanager"];
    const unknown = Object.keys(options).filter((key) => !known.includes(key));
    if (unknown.length > 0) {
        throw new Error(
            `Pulumi.yaml: runtime.options has ${unknown.join(", ")}, which the lab's stand-in for the Node language ` +
                `host does not know. It knows ${known.join(", ")}.`,
        );
    }
    const { nodeargs, typescript, tsconfig } = options;
    return {
        nodeArgs: typeof nodeargs === "string" ? splitWords(nodeargs) : [],
        typeScript: typescript !== false,
        tsconfig: typeof tsconfig === "string" ? tsconfig : undefined,
    };
}

/** Words as a shell splits them, with single and double quotes. */
export function splitWords(text: string): readonly string[] {
    return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
}

/** Path of a script of the SDK that the program itself uses. */
export function sdkScript(name: "run" | "run-policy-pack" | "run-plugin", programFolder: string): string {
    const resolve = createRequire(join(programFolder, "noop.js"));
    try {
        return resolve.resolve(`@pulumi/pulumi/cmd/${name}`);
    } catch {
        throw new Error(`There is no @pulumi/pulumi to be found from ${programFolder}. Run npm ci there.`);
    }
}

/** Arguments and environment of the script that runs a program. */
export function runArguments(
    request: RunRequest,
    engineAddress: string,
    options: RuntimeOptions,
): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
    const info = request.getInfo();
    const programFolder = info?.getProgramDirectory() ?? request.getPwd();
    const organization = request.getOrganization();
    return {
        args: [
            ...options.nodeArgs,
            sdkScript("run", programFolder),
            ...["--monitor", request.getMonitorAddress()],
            ...["--engine", engineAddress],
            ...(organization === "" ? [] : ["--organization", organization]),
            ...["--project", request.getProject()],
            ...["--root-directory", info?.getRootDirectory() ?? ""],
            ...["--stack", request.getStack()],
            ...["--pwd", request.getPwd()],
            ...["--parallel", String(request.getParallel())],
            ...(request.getDryrun() ? ["--dry-run"] : []),
            info?.getEntryPoint() ?? ".",
            ...request.getArgsList(),
        ],
        env: {
            PULUMI_CONFIG: JSON.stringify(configuration(request)),
            PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList().map(configurationKey)),
            ...(options.typeScript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
            ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
        },
    };
}

function configuration(request: RunRequest): Readonly<Record<string, string>> {
    return Object.fromEntries(
        request
            .getConfigMap()
            .getEntryList()
            .map(([key, value]) => [configurationKey(key), value]),
    );
}

/** The SDK reads `namespace:name`. The engine may send the older `namespace:config:name`. */
function configurationKey(key: string): string {
    return key.replace(/^([^:]+):config:/, "$1:");
}
