/**
 * What a change takes away from pods that run while it is rolled out. Most of it they keep to their end: their own template, and
 * ConfigMaps and Secrets that are immutable and stay until the update has succeeded. What old and new pods share is another
 * matter: objects that change in place, the network's rules, a queue. docs/releases.md tells why.
 */
import { BlockList, isIPv4, isIPv6 } from "node:net";

import { phpFpmContainerName } from "../../components/specs/names";
import { selectorTakes } from "../../policy/cluster";
import { Field } from "../../policy/manifest";
import type { Manifest } from "../render/manifests";
import { isRenamed, nameOf, namespaceOf, nameStem, shownObject, shownSuffix, type ObjectPair } from "./objects";
import { commandOf, podLabels, roleOf, servicesOf, type Part, type State } from "./roles";
import { at, isEqual, isObject, listAt, numberAt, objectAt, textAt } from "./values";
import { container, podTemplate, workloadKind } from "./workload";

const advice =
    "That is safe only where the code that runs now does without already: otherwise it takes two releases, first such code, then " +
    "the removal";

/** What old pods lose before they are gone, as sentences. Where no pods are rolled it is a removal by itself, and may be the second release. */
export function removalWarnings(parts: readonly Part[], state: State): readonly string[] {
    // Not charts, whose pods nobody sees here.
    const rolled = parts.filter(
        ({ pair: { before }, rollout }) =>
            rollout !== undefined && before !== undefined && workloadKind(before) !== undefined,
    );
    return [...parts.flatMap((part) => keyWarnings(part, rolled)), ...egressWarnings(rolled, state)];
}

// --- Keys ------------------------------------------------------------------------------------------------------------

/** Keys that go from a ConfigMap or Secret which old pods go on reading. */
function keyWarnings({ pair, action }: Part, rolled: readonly Part[]): readonly string[] {
    const { before, after } = pair;
    if (before === undefined || after === undefined || isRenamed(pair)) return [];
    if (action === undefined || (after.kind !== "ConfigMap" && after.kind !== "Secret")) return [];
    const left = keysOf(after);
    const gone = keysOf(before)?.filter((key) => left?.includes(key) === false) ?? [];
    const users = rolled.filter(
        ({ pair: { before: old } }) =>
            old !== undefined &&
            namespaceOf(old) === namespaceOf(before) &&
            gone.some((key) => reads(podTemplate(old), before, key)),
    );
    if (users.length === 0) return [];
    return [
        `${shownObject(pair)} loses ${listed(gone)} at once, though old pods of ${objectsOf(users)} read it: one that starts again ` +
            `before its turn finds ${gone.length === 1 ? "no such key" : "no such keys"}. ${advice}.`,
    ];
}

/** Undefined where an engine tells no keys, since all of it is secret. */
function keysOf(manifest: Manifest): readonly string[] | undefined {
    const parts = ["data", "stringData", "binaryData"].map((field) => at(manifest, field));
    if (parts.some((part) => part !== undefined && !isObject(part))) return undefined;
    return [...new Set(parts.filter(isObject).flatMap(Object.keys))];
}

/** True where a pod template reads a key of a ConfigMap or Secret, by itself or with all the others. */
function reads(template: unknown, source: Manifest, key: string): boolean {
    const [whole, one, volume] =
        source.kind === "ConfigMap"
            ? ["configMapRef", "configMapKeyRef", "configMap"]
            : ["secretRef", "secretKeyRef", "secret"];
    const isIt = (reference: unknown) =>
        textAt(reference, "name") === nameOf(source) || textAt(reference, "secretName") === nameOf(source);
    const visit = (value: unknown): boolean => {
        if (Array.isArray(value)) return value.some(visit);
        if (!isObject(value)) return false;
        const { [whole]: all, [one]: single, [volume]: files } = value;
        if (isIt(all)) return true;
        if (isIt(single) && textAt(single, "key") === key) return true;
        const items = listAt(files, "items");
        if (isIt(files) && (items.length === 0 || items.some((item) => textAt(item, "key") === key))) return true;
        return Object.values(value).some(visit);
    };
    return visit(at(template, "spec"));
}

// --- The network -----------------------------------------------------------------------------------------------------

/** One way out of a pod; undefined stands for any. */
interface Way {
    readonly peer: unknown;
    readonly port: unknown;
}

/** A NetworkPolicy holds for old pods from the moment in which it is changed. */
function egressWarnings(rolled: readonly Part[], { before, after }: State): readonly string[] {
    const losers = new Map<string, Part[]>();
    for (const part of rolled) {
        const pod = part.pair.before;
        if (pod === undefined) continue;
        const had = waysOut(pod, before);
        const has = waysOut(pod, after);
        if (has === undefined) continue;
        const lost =
            had === undefined
                ? `every way out but ${has.length === 0 ? "none" : listed(has.map(wayText))}`
                : listed(had.filter((way) => !has.some((other) => covers(other, way))).map(wayText));
        if (lost !== "") losers.set(lost, [...(losers.get(lost) ?? []), part]);
    }
    return [...losers].map(
        ([lost, users]) =>
            `${objectsOf(users)}: NetworkPolicies close ${lost} for old pods, too, while they serve and work. ${advice}.`,
    );
}

/** Where a workload's pods may connect to; undefined where no policy says so, and everything is open. */
function waysOut(workload: Manifest, manifests: readonly Manifest[]): readonly Way[] | undefined {
    const labels = new Field(podLabels(workload), "");
    const policies = manifests.filter(
        (manifest) =>
            manifest.kind === "NetworkPolicy" &&
            namespaceOf(manifest) === namespaceOf(workload) &&
            (listAt(manifest, "spec", "policyTypes").includes("Egress") ||
                (at(manifest, "spec", "policyTypes") === undefined && at(manifest, "spec", "egress") !== undefined)) &&
            selectorTakes(new Field(at(manifest, "spec", "podSelector"), ""), labels),
    );
    if (policies.length === 0) return undefined;
    const anyOf = (items: readonly unknown[]) => (items.length === 0 ? [undefined] : items);
    return policies
        .flatMap((policy) => listAt(policy, "spec", "egress"))
        .flatMap((rule) =>
            anyOf(listAt(rule, "to")).flatMap((peer) => anyOf(listAt(rule, "ports")).map((port) => ({ peer, port }))),
        );
}

function covers(wide: Way, narrow: Way): boolean {
    const isPort = wide.port === undefined || isEqual(withProtocol(wide.port), withProtocol(narrow.port));
    return isPort && (wide.peer === undefined || isEqual(wide.peer, narrow.peer) || holds(wide.peer, narrow.peer));
}

const withProtocol = (port: unknown) => (isObject(port) ? { protocol: "TCP", ...port } : port);

/** True where one block of addresses has all of another in it. */
function holds(wide: unknown, narrow: unknown): boolean {
    if (at(wide, "ipBlock", "except") !== undefined) return false;
    const [net = "", length = ""] = (textAt(wide, "ipBlock", "cidr") ?? "").split("/");
    const [address = "", ownLength = ""] = (textAt(narrow, "ipBlock", "cidr") ?? "").split("/");
    const family = isIPv4(net) && isIPv4(address) ? "ipv4" : isIPv6(net) && isIPv6(address) ? "ipv6" : undefined;
    if (family === undefined || !/^\d{1,3}$/.test(length) || Number(length) > (family === "ipv4" ? 32 : 128))
        return false;
    const block = new BlockList();
    block.addSubnet(net, Number(length), family);
    return Number(ownLength) >= Number(length) && block.check(address, family);
}

function wayText({ peer, port }: Way): string {
    const namespace = textAt(peer, "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name");
    const to =
        peer === undefined
            ? "any address"
            : (textAt(peer, "ipBlock", "cidr") ??
              (namespace === undefined ? JSON.stringify(peer) : `namespace ${namespace}`));
    const number = numberAt(port, "port") ?? textAt(port, "port");
    return port === undefined ? to : `${to} (${textAt(port, "protocol") ?? "TCP"} ${number ?? "on any port"})`;
}

// --- Workers and commands --------------------------------------------------------------------------------------------

/** What it means that a part of a service goes, without the last full stop; undefined where that is nothing of its own. */
export function removalOfRole(pair: ObjectPair, parts: readonly Part[]): string | undefined {
    const { before } = pair;
    const role = roleOf(before);
    if (before === undefined || role === undefined) return undefined;
    const service = servicesOf(parts).find(({ command, assets, workers }) =>
        [command, assets, ...workers].some((each) => each?.pair === pair),
    );
    if (role === "command") {
        if (service?.served?.pair.after === undefined) return undefined;
        return "releases are rolled out without a command before them, this one included";
    }
    if (role === "assets") {
        if (service?.served?.pair.after === undefined) return undefined;
        return "files of releases before are kept no longer, and a page asks in vain for those that new pods have not";
    }
    if (role !== "worker") return undefined;
    const ending = "its pods end, each after the job that it has";
    const isTakenOver = service?.workers.some(
        ({ pair: { after } }) => after !== undefined && commandOf(after) === commandOf(before),
    );
    if (isTakenOver === true) return ending;
    const isRelease = service?.served?.rollout !== undefined;
    return `${ending}, and nobody takes what is in its queue then${isRelease ? `. ${advice}` : ""}`;
}

// --- What old pods keep ----------------------------------------------------------------------------------------------

/** What the environment of new pods has no longer. Old pods keep theirs, so that it is no warning. */
export function environmentRemovals({ before, after }: ObjectPair, state: State): readonly string[] {
    if (before === undefined || after === undefined) return [];
    const had = environmentOf(before, state.before);
    const has = environmentOf(after, state.after);
    const without = (a: readonly string[], b: readonly string[]) => [...new Set(a)].filter((each) => !b.includes(each));
    const variables = without(had.variables, has.variables);
    const gone = [
        ...(variables.length === 0
            ? []
            : [`${variables.length === 1 ? "variable" : "variables"} ${listed(variables)}`]),
        ...without(had.ini, has.ini).map((name) => `php.ini's ${name}`),
        ...without(had.foreign, has.foreign),
    ];
    if (gone.length === 0) return [];
    // What is new there may have the same names.
    const renewed = without(has.unread, had.unread).map((text) => `${nameStem(text)}${shownSuffix}`);
    const unread = variables.length === 0 ? [] : [...has.foreign, ...renewed];
    const unless = unread.length === 0 ? "" : ` (unless ${listed(unread)} has what is missing)`;
    return [
        `New pods are without ${listed(gone)}${unless}. Old pods keep that to their end. What it stands for elsewhere, an ` +
            "account, a queue, a bucket, has to be there until then.",
    ];
}

interface Environment {
    readonly variables: readonly string[];
    /** Names of php.ini. */
    readonly ini: readonly string[];
    /** ConfigMaps and Secrets of others, by kind and name. */
    readonly foreign: readonly string[];
    /** Those of the stack of which an engine tells no keys. */
    readonly unread: readonly string[];
}

function environmentOf(workload: Manifest, manifests: readonly Manifest[]): Environment {
    const phpFpm = container(workload, phpFpmContainerName);
    const find = (kind: string, name: string) => {
        const candidates = manifests.filter(
            (manifest) => manifest.kind === kind && namespaceOf(manifest) === namespaceOf(workload),
        );
        return (
            candidates.find((manifest) => nameOf(manifest) === name) ??
            candidates.find((manifest) => nameStem(nameOf(manifest)) === nameStem(name))
        );
    };
    const sources = listAt(phpFpm, "envFrom").flatMap((source) =>
        (["ConfigMap", "Secret"] as const).flatMap((kind) => {
            const name = textAt(source, kind === "ConfigMap" ? "configMapRef" : "secretRef", "name");
            return name === undefined ? [] : [{ text: `${kind} ${name}`, manifest: find(kind, name) }];
        }),
    );
    const names = listAt(phpFpm, "env").flatMap((entry) => textAt(entry, "name") ?? []);
    const keys = sources.flatMap(({ manifest }) => (manifest === undefined ? [] : (keysOf(manifest) ?? [])));
    const texts = listAt(podTemplate(workload), "spec", "volumes").flatMap((volume) => {
        const name = textAt(volume, "configMap", "name");
        const configMap = name === undefined ? undefined : find("ConfigMap", name);
        return Object.entries(objectAt(configMap, "data")).flatMap(([key, text]) =>
            key === "php.ini" && typeof text === "string" ? [text] : [],
        );
    });
    return {
        variables: [...names, ...keys],
        ini: texts.flatMap((text) => [...text.matchAll(/^[ \t]*([\w.]+)[ \t]*=/gm)].flatMap(([, name]) => name ?? [])),
        foreign: sources.filter(({ manifest }) => manifest === undefined).map(({ text }) => text),
        unread: sources
            .filter(({ manifest }) => manifest !== undefined && keysOf(manifest) === undefined)
            .map(({ text }) => text),
    };
}

// --- Texts -----------------------------------------------------------------------------------------------------------

function objectsOf(parts: readonly Part[]): string {
    return listed(parts.map(({ pair }) => shownObject(pair)));
}

/** "a, b and c". */
function listed(texts: readonly string[]): string {
    const last = texts.at(-1) ?? "";
    return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}
