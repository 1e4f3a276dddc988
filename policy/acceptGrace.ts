/** Servers that go on accepting by themselves when they are told to end: Traefik, by its arguments. */
import type { Field } from "./manifest";

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** A duration as Traefik takes it: 15s, 1m30s, or 15; undefined where it is none. */
function secondsOf(duration: string): number | undefined {
    if (!/^(\d+|(\d+(\.\d+)?(ms|s|m|h))+)$/.test(duration)) return undefined;
    return [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|$)/g)].reduce(
        (sum, [, number, unit = ""]) => sum + Number(number) * (unitSeconds[unit] ?? 1),
        0,
    );
}

/** Options as "--name=value", by their names in lower case: Traefik takes any. */
function optionsOf(container: Field): ReadonlyMap<string, string> {
    const words = [container.at("command"), container.at("args")].flatMap((list) =>
        list.items.map((item) => item.text ?? ""),
    );
    const options = words.map((word) => /^--([^=]+)=(.*)$/.exec(word)).filter((match) => match !== null);
    return new Map(options.map(([, name = "", value = ""]) => [name.toLowerCase(), value]));
}

/** Where Traefik has its probes and metrics unless it is told otherwise. */
const internalEntryPoint = "traefik";

/**
 * `requestAcceptGraceTimeout`: how long it serves on after its SIGTERM, at the entry point that does so for the shortest time;
 * those for probes and metrics do not count. Seconds; 0 for what is no Traefik.
 */
export function acceptGraceSecondsOf(container: Field): number {
    const options = optionsOf(container);
    const internal = new Set([
        internalEntryPoint,
        options.get("ping.entrypoint")?.toLowerCase(),
        options.get("metrics.prometheus.entrypoint")?.toLowerCase(),
    ]);
    const graces = [...options.keys()]
        .map((name) => /^entrypoints\.([^.]+)\.address$/.exec(name)?.[1])
        .filter((name) => name !== undefined && !internal.has(name))
        .map((name) => options.get(`entrypoints.${name ?? ""}.transport.lifecycle.requestacceptgracetimeout`) ?? "0")
        .map((duration) => secondsOf(duration) ?? 0);
    return graces.length === 0 ? 0 : Math.min(...graces);
}
