/** What the lab's cluster has beside the service: WITH in the environment asks for it, and a lab keeps what it has. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { parseDocument } from "yaml";

import { project } from "../../settings/project";
import { UsageError } from "../common/commandLine";
import { monitoringImages } from "./images/recipes";
import { statePaths } from "./paths";

/** monitoring: the Prometheus operator with a Prometheus, kube-state-metrics, and KEDA. */
export const addOnNames = ["monitoring"] as const;
export type AddOn = (typeof addOnNames)[number];

/** What makes a stack file use it: settings of `web`. */
const settings: Readonly<Record<AddOn, readonly (readonly [path: readonly string[], value: unknown])[]>> = {
    monitoring: [
        [["monitoring"], { nginxExporterImage: monitoringImages.nginxExporter }],
        [["autoscaling", "kind"], "keda"],
        [["autoscaling", "busyWorkersTargetPercent"], 60],
    ],
};

/**
 * What WITH in the environment asks for, separated by commas.
 *
 * @throws UsageError where it asks for what is none of ours
 */
export function askedAddOns(): readonly AddOn[] {
    const asked = (process.env["WITH"] ?? "").split(",").filter((name) => name !== "");
    const unknown = asked.filter((name) => !isAddOn(name));
    if (unknown.length === 0) return addOnNames.filter((name) => asked.includes(name));
    throw new UsageError(`WITH=${unknown.join(",")}: the lab can have ${addOnNames.join(", ")}.`);
}

/**
 * What WITH asks for, and what the lab has already.
 *
 * @param notePath where that is noted
 */
export function addOnsToRun(notePath: string = statePaths.addOns): readonly AddOn[] {
    const noted = existsSync(notePath) ? readFileSync(notePath, "utf8").trim().split(",") : [];
    const asked = askedAddOns();
    return addOnNames.filter((name) => asked.includes(name) || noted.includes(name));
}

/** Notes it, before anything of it is brought. */
export function noteAddOns(addOns: readonly AddOn[], notePath: string = statePaths.addOns): void {
    mkdirSync(dirname(notePath), { recursive: true, mode: 0o700 });
    writeFileSync(notePath, `${addOns.join(",")}\n`);
}

/** The lab's stack file for a cluster that has them. */
export function withAddOns(stackFile: string, addOns: readonly AddOn[]): string {
    if (addOns.length === 0) return stackFile;
    const document = parseDocument(stackFile);
    for (const [path, value] of addOns.flatMap((name) => settings[name])) {
        document.setIn(["config", `${project}:web`, ...path], document.createNode(value));
    }
    return String(document);
}

function isAddOn(name: string): name is AddOn {
    return (addOnNames as readonly string[]).includes(name);
}
