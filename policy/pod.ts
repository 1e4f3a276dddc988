/** Pods as the rules see them: which containers run, and when they are stopped. */
import { knownFirst, matching } from "./known";
import type { Field } from "./manifest";

/** Main containers: the ones that get their stop signal as soon as their own preStop hook has ended. */
export function mainContainers(podSpec: Field): readonly Field[] {
    return podSpec.at("containers").items;
}

/** Native sidecars: they start before the main containers and are stopped after them, in reverse order. */
export function nativeSidecars(podSpec: Field): Iterable<Field> {
    return matching(podSpec.at("initContainers").items, (container) => container.at("restartPolicy").text === "Always");
}

/** What runs as long as the pod does. */
export function runningContainers(podSpec: Field): Iterable<Field> {
    return knownFirst([mainContainers, nativeSidecars], (containersOf) => containersOf(podSpec));
}

/** "container nginx", for messages. */
export function describeContainer(container: Field): string {
    return `container ${container.at("name").text ?? "(unnamed)"}`;
}
