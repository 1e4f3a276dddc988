/** What an object is to a service of this project, by its labels. */
import {
    assetsContainerName,
    commandComponents,
    componentLabel,
    nameLabel,
    phpFpmContainerName,
    releaseContainerName,
    scheduleContainerName,
    workerContainerName,
} from "../../components/specs/names";
import type { Manifest } from "../render/manifests";
import { namespaceOf, type Action, type ObjectPair } from "./objects";
import type { RolloutSize } from "./rollout";
import { isObject, listAt, objectAt } from "./values";
import { container, workloadKind } from "./workload";

/** Two states of a whole stack. */
export interface State {
    readonly before: readonly Manifest[];
    readonly after: readonly Manifest[];
}

/** One object, with what happens to it. */
export interface Part {
    readonly pair: ObjectPair;
    readonly action: Action | undefined;
    /** Of a workload whose pods are rolled. */
    readonly rollout: readonly RolloutSize[] | undefined;
    /** True where the engine goes on with what it has not seen succeed. */
    readonly isUnfinished: boolean;
}

/** command: the Job of a release. assets: the one after its rollout. served: the workload that answers requests. */
export type Role = "command" | "assets" | "served" | "worker" | "schedule";

/** Undefined for an object that runs no code of an application. */
export function roleOf(manifest: Manifest | undefined): Role | undefined {
    if (manifest === undefined) return undefined;
    const component = podLabels(manifest)[componentLabel];
    if (manifest.kind === "Job" && component === releaseContainerName) return "command";
    if (manifest.kind === "Job" && component === assetsContainerName) return "assets";
    if (manifest.kind === "Deployment" && component === workerContainerName) return "worker";
    if (manifest.kind === "CronJob" && component === scheduleContainerName) return "schedule";
    const isServed =
        workloadKind(manifest) !== undefined &&
        isObject(container(manifest, phpFpmContainerName)) &&
        !commandComponents.some((each) => each === component);
    return isServed ? "served" : undefined;
}

/** The parts of one service that run code of its application. */
export interface ServiceParts {
    readonly command: Part | undefined;
    readonly assets: Part | undefined;
    readonly served: Part | undefined;
    readonly workers: readonly Part[];
    readonly schedules: readonly Part[];
}

/** Service by service, each known by its namespace and by the name that its pods have. */
export function servicesOf(parts: readonly Part[]): readonly ServiceParts[] {
    const services = new Map<string, (readonly [Role, Part])[]>();
    for (const part of parts) {
        const manifest = part.pair.after ?? part.pair.before;
        const role = roleOf(manifest);
        if (manifest === undefined || role === undefined) continue;
        const key = JSON.stringify([namespaceOf(manifest), podLabels(manifest)[nameLabel]]);
        services.set(key, [...(services.get(key) ?? []), [role, part]]);
    }
    return [...services.values()].map((found) => {
        const of = (role: Role) => found.filter(([each]) => each === role).map(([, part]) => part);
        return {
            command: of("command")[0],
            assets: of("assets")[0],
            served: of("served")[0],
            workers: of("worker"),
            schedules: of("schedule"),
        };
    });
}

export function podLabels(manifest: Manifest): Readonly<Record<string, unknown>> {
    const template = manifest.kind === "CronJob" ? "jobTemplate" : "template";
    return objectAt(manifest, "spec", template, "metadata", "labels");
}

/** The command of a pod with one container, as a shell would have it. */
export function commandOf(manifest: Manifest): string {
    return (
        listAt(manifest, "spec", "template", "spec", "containers", 0, "command")
            .filter((word) => typeof word === "string")
            // Kubernetes would expand $(NAME), and takes two for one.
            .map((word) => word.replaceAll("$$", "$"))
            .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
            .join(" ")
    );
}
