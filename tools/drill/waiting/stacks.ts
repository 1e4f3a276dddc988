/** The stack, three times in namespaces of their own, each scaled by another figure: its objects, as its program makes them. */
import { join } from "node:path";
import { writeFileSync } from "node:fs";

import { parseDocument } from "yaml";

import { project } from "../../../settings/project";
import { WrongInputError } from "../../common/commandLine";
import { type Manifest, toYaml } from "../../render/manifests";
import { record } from "../../render/record";
import { render } from "../../render/render";
import { parseStackFile } from "../../render/stackFile";
import { sizing } from "./load";
import type { Signal } from "./outcome";

export interface WaitingStack {
    readonly signal: Signal;
    readonly namespace: string;
    /** Host header of its requests. */
    readonly host: string;
    readonly deploymentName: string;
    readonly autoscalerName: string;
    readonly manifests: readonly Manifest[];
}

export const signals: readonly Signal[] = ["both", "cpu", "workers"];

/**
 * @param text of the stack's file
 * @throws {WrongInputError} where that does not scale on busy workers
 */
export async function waitingStack(stack: string, text: string, signal: Signal): Promise<WaitingStack> {
    const namespace = `drill-waiting-${signal}`;
    const host = `${signal}.waiting.test`;
    const manifests = render(await record(stack, parseStackFile(changed(text, signal, namespace, host))), true)
        .filter(({ metadata }) => metadata?.namespace === namespace)
        .map((manifest) => (signal === "workers" ? withoutCpu(manifest) : manifest));
    return {
        signal,
        namespace,
        host,
        deploymentName: nameOf(manifests, "Deployment"),
        autoscalerName:
            signal === "cpu"
                ? nameOf(manifests, "HorizontalPodAutoscaler")
                : // As the stack has KEDA call it.
                  `keda-hpa-${nameOf(manifests, "ScaledObject")}`,
        manifests,
    };
}

/** Writes its objects to a file that kubectl applies. Returns the path. */
export function writeManifests({ signal, manifests }: WaitingStack, folder: string): string {
    const path = join(folder, `${signal}.yaml`);
    writeFileSync(path, toYaml(manifests));
    return path;
}

/** The stack's file with small pods, of which two workers are a pod's all, and few of them. */
function changed(text: string, signal: Signal, namespace: string, host: string): string {
    const document = parseDocument(text);
    const at = (...path: readonly string[]) => ["config", `${project}:web`, ...path];
    if (document.getIn(at("autoscaling", "busyWorkersTargetPercent")) === undefined) {
        throw new WrongInputError(
            "The stack does not scale on busy workers, so there is nothing to compare. Set web.autoscaling.busyWorkersTargetPercent " +
                "in its file; the lab's has it after make up WITH=monitoring.",
        );
    }
    const { cpuRequestMillicores, maxChildren, minReplicas, maxReplicas } = sizing;
    const settings: readonly (readonly [path: readonly string[], value: unknown])[] = [
        [["namespace"], namespace],
        [["host"], host],
        [["phpFpm", "maxChildren"], maxChildren],
        [["phpFpm", "resources", "requests", "cpu"], `${cpuRequestMillicores}m`],
        [["autoscaling", "minReplicas"], minReplicas],
        [["autoscaling", "maxReplicas"], maxReplicas],
        [["autoscaling", "targetCPUUtilizationPercentage"], sizing.targetCPUUtilizationPercentage],
        [["autoscaling", "busyWorkersTargetPercent"], sizing.busyWorkersTargetPercent],
    ];
    for (const [path, value] of settings) document.setIn(at(...path), value);
    if (signal === "cpu") {
        document.setIn(at("autoscaling", "kind"), "hpa");
        document.deleteIn(at("autoscaling", "busyWorkersTargetPercent"));
    }
    return String(document);
}

interface ScaledObject extends Manifest {
    readonly spec: { readonly triggers: readonly { readonly type: string }[] };
}

/** As no stack has it: CPU is always one of its figures. */
function withoutCpu(manifest: Manifest): Manifest {
    if (manifest.kind !== "ScaledObject") return manifest;
    const { spec } = manifest as ScaledObject;
    return { ...manifest, spec: { ...spec, triggers: spec.triggers.filter(({ type }) => type !== "cpu") } };
}

function nameOf(manifests: readonly Manifest[], kind: string): string {
    const name = manifests.find((manifest) => manifest.kind === kind)?.metadata?.name;
    if (name === undefined) throw new Error(`The stack's objects have no ${kind}.`);
    return name;
}
