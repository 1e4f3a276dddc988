/** Pods as the rules see them: which containers run, which ports they declare, and how they stop. */
import { parseImageReference, type ImageReference } from "../common/imageReference";
import { all, any, knownFirst, matching, some } from "./known";
import type { Field } from "./manifest";

/** Kubernetes' own default. */
export const defaultTerminationGracePeriodSeconds = 30;

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

// --- nginx and php-fpm -----------------------------------------------------------------------------------------------

const words = (text: string): readonly string[] => text.toLowerCase().split(/[^a-z0-9]+/);

function imageOf(container: Field): ImageReference | undefined {
    return parseImageReference(container.at("image").text ?? "");
}

const nameWords = (container: Field): readonly string[] => words(container.at("name").text ?? "");

/** The words of the last segment of the image's repository. */
const imageWords = (container: Field): readonly string[] =>
    words(imageOf(container)?.repository.replace(/^.*\//, "") ?? "");

const tagWords = (container: Field): readonly string[] => words(imageOf(container)?.tag ?? "");

/** An exporter has the name of what it watches, and serves no request. */
function isExporter(container: Field): boolean {
    return any(
        () => nameWords(container).includes("exporter"),
        () => imageWords(container).includes("exporter"),
    );
}

function namesNginx(container: Field): boolean {
    return any(
        () => nameWords(container).includes("nginx"),
        () => imageWords(container).includes("nginx"),
    );
}

function namesPhpFpm(container: Field): boolean {
    const isPhpFpmWord = (word: string): boolean => word === "fpm" || word === "phpfpm";
    return any(
        () => nameWords(container).some(isPhpFpmWord),
        () => imageWords(container).some(isPhpFpmWord),
        // The official image is called php, and says fpm in its tag.
        () => imageWords(container).includes("php") && tagWords(container).includes("fpm"),
    );
}

/** nginx in a container of its own. One that holds both nginx and php-fpm stops them by means of its own. */
export function isNginx(container: Field): boolean {
    return all(
        () => namesNginx(container),
        () => !namesPhpFpm(container),
        () => !isExporter(container),
    );
}

/** php-fpm in a container of its own. */
export function isPhpFpm(container: Field): boolean {
    return all(
        () => namesPhpFpm(container),
        () => !namesNginx(container),
        () => !isExporter(container),
    );
}

// --- Ports -----------------------------------------------------------------------------------------------------------

/** Number or name: both stand for the same port in probes and in Services. */
export type Port = number | string;

/**
 * True where the port is this container's own. nginx and php-fpm that declare no port at all are taken to have the one
 * that their images listen on.
 */
export function hasPort(container: Field, port: Port): boolean {
    const declared = container.at("ports").items;
    if (declared.length === 0) {
        return any(
            () => port === 80 && isNginx(container),
            () => port === 9000 && isPhpFpm(container),
        );
    }
    return some(declared, (declaration) =>
        typeof port === "number"
            ? declaration.at("containerPort").numberOrText === port
            : declaration.at("name").text === port,
    );
}

// --- preStop ---------------------------------------------------------------------------------------------------------

/** What is known of a preStop hook's length. */
export interface PreStop {
    /** The sleeps in it; what else it does is not counted, as nobody can tell how long it takes. */
    readonly sleepSeconds: number;
    /** True where it does nothing but sleep, so that sleepSeconds is its whole length. */
    readonly onlySleeps: boolean;
}

/** A container's preStop hook; undefined where it has none. */
export function preStopOf(container: Field): PreStop | undefined {
    const hook = container.at("lifecycle", "preStop");
    if (hook.at("sleep").exists) {
        return { sleepSeconds: Number(hook.at("sleep", "seconds").numberOrText ?? 0), onlySleeps: true };
    }
    if (hook.at("exec").exists) {
        return parseSleeps(
            hook
                .at("exec", "command")
                .items.map((word) => word.text)
                .filter((word) => word !== undefined),
        );
    }
    return hook.exists && hook.entries.length > 0 ? { sleepSeconds: 0, onlySleeps: false } : undefined;
}

const unitSeconds: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };

/** The seconds of sleep's arguments, which it adds up: ["1m", "30"] is 90. undefined where one is no duration. */
function sleepSeconds(durations: readonly string[]): number | undefined {
    let sum = 0;
    for (const duration of durations) {
        const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(duration);
        if (match === null) return undefined;
        sum += Number(match[1]) * (unitSeconds[match[2] ?? ""] ?? 1);
    }
    return sum;
}

const programOf = (word: string | undefined): string => (word ?? "").replace(/^.*\//, "");

/** The sleeps of an exec command: ["/bin/sleep", "30"], ["env", "sleep", "30"], ["sh", "-c", "sleep 15; nginx -s quit"]. */
export function parseSleeps(command: readonly string[]): PreStop {
    const [first, ...rest] = command;
    const program = programOf(first);
    if (["env", "busybox"].includes(program)) return parseSleeps(rest);
    if (program === "sleep") {
        const seconds = sleepSeconds(rest);
        return { sleepSeconds: seconds ?? 0, onlySleeps: seconds !== undefined };
    }
    if (["sh", "ash", "bash", "dash", "zsh"].includes(program)) {
        const flag = rest.findIndex((word) => /^-\w*c$/.test(word));
        return flag === -1 ? { sleepSeconds: 0, onlySleeps: false } : parseScript(rest[flag + 1] ?? "");
    }
    return { sleepSeconds: 0, onlySleeps: false };
}

/** A shell script, taken as commands one after another. */
function parseScript(script: string): PreStop {
    const commands = script
        .split(/[;&|\n(){}]+/)
        .map((command) => command.trim().replace(/^exec\s+/, ""))
        .filter((command) => command !== "");
    const lengths = commands.map((command) => {
        const [program, ...durations] = command.split(/\s+/);
        return programOf(program) === "sleep" ? sleepSeconds(durations) : undefined;
    });
    return {
        sleepSeconds: lengths.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0),
        onlySleeps: lengths.every((seconds) => seconds !== undefined),
    };
}
