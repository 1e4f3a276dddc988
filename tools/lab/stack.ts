/** Stack `lab`: where its engine, its state and its secrets are, and what its file says. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Environment } from "../common/commands";
import { project, stackFileName } from "../../settings/project";
import { parseStackFile } from "../render/stackFile";
import { type AddOn, addOnsToRun, withAddOns } from "./addOns";
import { askedController, controllerOf, type ControllerName, withController } from "./controller";
import { repositoryRoot, statePaths } from "./paths";

export const labStack = "lab";

export const pulumiHome = join(statePaths.pulumi, "home");
export const pulumiBackend = join(statePaths.pulumi, "backend");
export const passphrasePath = join(statePaths.pulumi, "passphrase");
const helmFolder = join(statePaths.pulumi, "helm");
/** Stands for the project where Pulumi writes into its folder: making a stack puts a salt into the stack's file. */
export const projectFolder = join(statePaths.pulumi, "project");
const labStackFileName = stackFileName(labStack);

export interface StackTools {
    /** Absolute path. */
    readonly pulumi: string;
    /** Absolute path; the program asks with it why pods do not serve. */
    readonly kubectl: string;
}

/** What `pulumi` needs to work on the lab; for whoever calls it by hand, too. */
export function stackEnvironment(tools: StackTools): Environment {
    // Whoever has a Pulumi of their own has its variables set: an access token, another passphrase.
    const foreign = Object.keys(process.env).filter((name) => /^(PULUMI|HELM)_/.test(name));
    return {
        ...Object.fromEntries(foreign.map((name) => [name, undefined])),
        // Node of the lockfile first: Pulumi's Node packages need 22.12 or newer.
        PATH: [
            join(repositoryRoot, "node_modules/.bin"),
            ...[tools.pulumi, tools.kubectl].map((path) => dirname(path)),
            process.env["PATH"] ?? "",
        ].join(":"),
        KUBECONFIG: statePaths.kubeconfig,
        PULUMI_HOME: pulumiHome,
        PULUMI_BACKEND_URL: `file://${pulumiBackend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphrasePath,
        // A missing plugin is one clear error then, and not a download tried five times.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        HELM_CACHE_HOME: join(helmFolder, "cache"),
        HELM_CONFIG_HOME: join(helmFolder, "config"),
        HELM_DATA_HOME: join(helmFolder, "data"),
    };
}

/** Host and path under which the service answers, by a stack file's text. */
export function routeOf(stackFile: string): { readonly host?: string; readonly path: string } {
    const text = parseStackFile(stackFile).values[`${project}:web`] ?? "";
    const web = (text === "" ? {} : JSON.parse(text)) as { readonly host?: string; readonly path?: string };
    return { ...(web.host === undefined ? {} : { host: web.host }), path: web.path ?? "/" };
}

/**
 * The controller that `make up` is to start: what CONTROLLER asks for, else what the lab runs already, else the default.
 *
 * @param deployedPath the stack file that the engine got last
 * @throws where it is another one than the lab runs
 */
export function controllerToRun(deployedPath: string = join(projectFolder, labStackFileName)): ControllerName {
    const deployed = existsSync(deployedPath) ? controllerOf(readFileSync(deployedPath, "utf8")) : undefined;
    const wanted = askedController(deployed);
    if (deployed !== undefined && wanted !== deployed) {
        throw new Error(
            `The lab runs ${deployed}, and ${wanted} is for a new one: both need the nodes' ports. Run make down first.`,
        );
    }
    return wanted;
}

/** Pulumi.lab.yaml as the controller and what is beside the service need it. */
export function readLabStackFile(
    controller: ControllerName = controllerToRun(),
    addOns: readonly AddOn[] = addOnsToRun(),
): string {
    return withAddOns(withController(readFileSync(join(repositoryRoot, labStackFileName), "utf8"), controller), addOns);
}

/** The stack file as the engine gets it: with the salt of this lab's passphrase, which is not the repository's matter. */
export function writeStackFile(text: string): string {
    const path = join(projectFolder, labStackFileName);
    const salt = /^encryptionsalt:.*$/m.exec(readFileSync(path, "utf8"))?.[0];
    writeFileSync(path, /^encryptionsalt:/m.test(text) || salt === undefined ? text : `${salt}\n${text}`);
    return path;
}
