/** Whose port is it? Declaring ports is voluntary in Kubernetes. */
import { some } from "./known";
import type { Field } from "./manifest";
import { usualPorts } from "./roles";

/** Number or name: both stand for the same port in probes and in Services. */
export type Port = number | string;

/**
 * True where the port is this container's own. Front servers and php-fpm that declare no port at all are taken to have
 * the ones that their images listen on.
 */
export function hasPort(container: Field, port: Port): boolean {
    const declared = container.at("ports").items;
    if (declared.length === 0) return typeof port === "number" && usualPorts(container).includes(port);
    return some(declared, (declaration) =>
        typeof port === "number"
            ? declaration.at("containerPort").numberOrText === port
            : declaration.at("name").text === port,
    );
}
