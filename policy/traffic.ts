/** The way of the requests: route -> Service -> pods. Iterables follow known.ts: first all that is known. */
import { hasLabels, inSameNamespace, isWorkload, podSpecOf, podTemplateOf, runsToCompletion } from "./cluster";
import { all, any, first, gather, knownFirst, matching, some, type Gathered } from "./known";
import { groupOf, nameOf, namespaceOf, type Field, type KubeObject } from "./manifest";
import { mainContainers, runningContainers } from "./pod";
import { hasPort, type Port } from "./ports";
import { frontServersOf, isFastCgiName, isPhpFpm, isWebPort } from "./roles";

/** One way in: a route (Ingress, HTTPRoute, ...) to a Service to a workload's pods. */
export interface TrafficPath {
    /** The Service itself where requests come to it without another. */
    readonly route: KubeObject;
    readonly service: KubeObject;
    /** The port of the pods that the Service sends to; undefined where it cannot be told. Read when asked for. */
    readonly targetPort: () => Port | undefined;
}

/** A Service that a route names, and the port of it. Each is read when it is asked for, as it may be unknown. */
interface Backend {
    readonly namespace: () => string;
    readonly name: () => string | undefined;
    readonly port: () => Port | undefined;
}

interface RouteKind {
    readonly kinds: readonly string[];
    readonly groups: readonly string[];
    readonly backendsOf: (route: KubeObject) => Iterable<Backend>;
}

const routeKinds: readonly RouteKind[] = [
    { kinds: ["Ingress"], groups: ["networking.k8s.io", "extensions"], backendsOf: ingressBackends },
    {
        kinds: ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"],
        groups: ["gateway.networking.k8s.io"],
        backendsOf: (route) => referredBackends(route, "rules", "backendRefs"),
    },
    {
        kinds: ["IngressRoute", "IngressRouteTCP"],
        groups: ["traefik.io", "traefik.containo.us"],
        backendsOf: (route) => referredBackends(route, "routes", "services"),
    },
    {
        kinds: ["HTTPProxy"],
        groups: ["projectcontour.io"],
        backendsOf: (route) => referredBackends(route, "routes", "services"),
    },
    { kinds: ["Route"], groups: ["route.openshift.io"], backendsOf: openShiftBackends },
    { kinds: ["VirtualService"], groups: ["networking.istio.io"], backendsOf: istioBackends },
];

const routeKindOf = (object: KubeObject): RouteKind | undefined =>
    routeKinds.find(({ kinds, groups }) => kinds.includes(object.kind) && groups.includes(groupOf(object)));

const isRoute = (object: KubeObject): boolean => routeKindOf(object) !== undefined;

const backendsOf = (route: KubeObject): Iterable<Backend> => routeKindOf(route)?.backendsOf(route) ?? [];

function ingressBackends(ingress: KubeObject): Iterable<Backend> {
    const spec = ingress.root.at("spec");
    const places: readonly (() => Iterable<Field>)[] = [
        () => [spec.at("defaultBackend"), spec.at("backend")],
        () =>
            knownFirst(spec.at("rules").items, (rule) =>
                rule.at("http", "paths").items.map((path) => path.at("backend")),
            ),
    ];
    const backends = knownFirst(places, (place) => place());
    // Up to networking.k8s.io/v1beta1 the fields were called serviceName and servicePort.
    return knownFirst(backends, (backend) => [
        {
            namespace: () => namespaceOf(ingress),
            name: () => backend.at("service", "name").text ?? backend.at("serviceName").text,
            port: () =>
                backend.at("service", "port", "number").numberOrText ??
                backend.at("service", "port", "name").text ??
                backend.at("servicePort").numberOrText,
        },
    ]);
}

/** The Services of Gateway API's routes, and of Traefik's. */
function referredBackends(route: KubeObject, list: string, referencesName: string): Iterable<Backend> {
    const references = knownFirst(route.root.at("spec", list).items, (rule) => rule.at(referencesName).items);
    const services = matching(references, (reference) =>
        all(
            () => (reference.at("kind").text ?? "Service") === "Service",
            () => (reference.at("group").text ?? "") === "",
        ),
    );
    return knownFirst(services, (reference) => [
        {
            namespace: () => reference.at("namespace").text ?? namespaceOf(route),
            name: () => reference.at("name").text,
            port: () => reference.at("port").numberOrText,
        },
    ]);
}

function openShiftBackends(route: KubeObject): Iterable<Backend> {
    const spec = route.root.at("spec");
    return knownFirst([() => [spec.at("to")], () => spec.at("alternateBackends").items], (place) =>
        knownFirst(place(), (reference) => [
            {
                namespace: () => namespaceOf(route),
                name: () => reference.at("name").text,
                // A number is the pods' port there; the Service's own tells where there is one alone.
                port: () => spec.at("port", "targetPort").text,
            },
        ]),
    );
}

function istioBackends(route: KubeObject): Iterable<Backend> {
    const rules = knownFirst(["http", "tls", "tcp"], (protocol) => route.root.at("spec", protocol).items);
    const targets = knownFirst(rules, (rule) => rule.at("route").items);
    return knownFirst(targets, (target) => {
        // shop, shop.web, shop.web.svc.cluster.local
        const host = () => target.at("destination", "host").text?.split(".") ?? [];
        return [
            {
                namespace: () => host()[1] ?? namespaceOf(route),
                name: () => host()[0],
                port: () => target.at("destination", "port", "number").numberOrText,
            },
        ];
    });
}

/** True where the Service sends to the workload's pods. One without a selector has its endpoints from elsewhere. */
function serves(service: KubeObject, workload: KubeObject): boolean {
    const selector = service.root.at("spec", "selector");
    return all(
        () => inSameNamespace(service, workload),
        () => selector.entries.length > 0,
        () => hasLabels(podTemplateOf(workload).at("metadata", "labels"), selector),
    );
}

/** The pods' port behind a Service's port. */
function targetPortOf(service: KubeObject, port: Port | undefined): Port | undefined {
    const ports = service.root.at("spec", "ports").items;
    const entry =
        first(matching(ports, (one) => one.at(typeof port === "number" ? "port" : "name").numberOrText === port)) ??
        (ports.length === 1 ? ports[0] : undefined);
    return entry === undefined ? undefined : targetOf(entry);
}

/** The ways by which requests reach a workload's pods. */
export function* trafficTo(workload: KubeObject, cluster: readonly KubeObject[]): Generator<TrafficPath, void> {
    const known = paths.get(cluster) ?? new Map<KubeObject, Gathered<TrafficPath>>();
    paths.set(cluster, known);
    const found = known.get(workload) ?? gather(findTraffic(workload, cluster));
    known.set(workload, found);
    yield* found.known;
    if (found.unknown !== undefined) throw found.unknown;
}

/** Nearly every rule asks for the traffic of every workload. */
const paths = new WeakMap<readonly KubeObject[], Map<KubeObject, Gathered<TrafficPath>>>();

function findTraffic(workload: KubeObject, cluster: readonly KubeObject[]): Iterable<TrafficPath> {
    const services = cluster.filter((object) => object.kind === "Service" && groupOf(object) === "");
    const ways: readonly (() => Iterable<TrafficPath>)[] = [
        () => routesTo(workload, cluster.filter(isRoute), services),
        () => knownFirst(services, (service) => directPaths(workload, service)),
    ];
    return knownFirst(ways, (way) => way());
}

function routesTo(
    workload: KubeObject,
    routes: readonly KubeObject[],
    services: readonly KubeObject[],
): Iterable<TrafficPath> {
    return knownFirst(routes, (route) =>
        knownFirst(backendsOf(route), (backend) =>
            knownFirst(
                matching(services, (service) => isBehind(workload, service, backend)),
                (service) => [{ route, service, targetPort: () => targetPortOf(service, backend.port()) }],
            ),
        ),
    );
}

/** A Service that is its own way in: one with web ports that is open to the outside, and one before php-fpm. */
function directPaths(workload: KubeObject, service: KubeObject): Iterable<TrafficPath> {
    const isPath = (port: Field): boolean =>
        all(
            () => serves(service, workload),
            () =>
                any(
                    () => isOpenWebPort(service, port),
                    () => isFastCgiPort(workload, port),
                ),
        );
    return knownFirst(matching(service.root.at("spec", "ports").items, isPath), (port) => [
        { route: service, service, targetPort: () => targetOf(port) },
    ]);
}

const targetOf = (port: Field): Port | undefined => port.at("targetPort").numberOrText ?? port.at("port").numberOrText;

/** Where application servers listen by default; what is open to the outside there is asked for pages. */
const applicationPorts: readonly number[] = [3000, 5000, 8000, 8888];

function isOpenWebPort(service: KubeObject, port: Field): boolean {
    return all(
        () => ["LoadBalancer", "NodePort"].includes(service.root.at("spec", "type").text ?? ""),
        () =>
            any(
                () => isWebPort(port.at("port").numberOrText, port.at("name").text),
                () => applicationPorts.includes(Number(port.at("port").numberOrText)),
                () => /^https?$/i.test(port.at("appProtocol").text ?? ""),
            ),
    );
}

/** php-fpm in pods of its own: the front server that asks it is elsewhere. */
function isFastCgiPort(workload: KubeObject, port: Field): boolean {
    if (!isWorkload(workload)) return false;
    const podSpec = podSpecOf(workload);
    const ownsIt = (container: Field): boolean => {
        const target = targetOf(port);
        return target !== undefined && hasPort(container, target);
    };
    return all(
        () =>
            some(runningContainers(podSpec), (container) =>
                all(
                    () => ownsIt(container),
                    () =>
                        any(
                            () => isPhpFpm(container),
                            () => isFastCgiName(port.at("name").text ?? ""),
                        ),
                ),
            ),
        () => first(frontServersOf(podSpec)) === undefined,
    );
}

/** True where requests reach the workload's pods. What ends by itself is no server, whatever its labels are. */
export function isServed(workload: KubeObject, cluster: readonly KubeObject[]): boolean {
    return !runsToCompletion(workload) && first(trafficTo(workload, cluster)) !== undefined;
}

// --- The containers that get it --------------------------------------------------------------------------------------

export function receivesTraffic(container: Field, workload: KubeObject, cluster: readonly KubeObject[]): boolean {
    return some(trafficTo(workload, cluster), (path) => {
        const port = path.targetPort();
        return port !== undefined && hasPort(container, port);
    });
}

/** Who gets the traffic of a workload. */
export interface Receivers {
    /** Each of them gets it; where isCertain is false, one of them does. */
    readonly containers: readonly Field[];
    readonly isCertain: boolean;
    /** What hides whether there are more. */
    readonly unknown: Error | undefined;
}

/** The containers that own the port of the traffic; where none declares it, any main container may be the one. */
export function receiversOf(workload: KubeObject, cluster: readonly KubeObject[]): Receivers {
    const podSpec = podSpecOf(workload);
    const owners = gather(
        matching(runningContainers(podSpec), (container) => receivesTraffic(container, workload, cluster)),
    );
    if (owners.known.length > 0 || owners.unknown !== undefined) {
        return { containers: owners.known, isCertain: true, unknown: owners.unknown };
    }
    const named = gather(frontServersOf(podSpec));
    return named.known.length > 0
        ? { containers: named.known, isCertain: false, unknown: named.unknown }
        : { containers: mainContainers(podSpec), isCertain: false, unknown: undefined };
}

/**
 * The problems of the containers that get the traffic. Where it is not certain which one does, that of the first stands
 * for all, and one without a problem is enough.
 */
export function* problemsOfReceivers(
    workload: KubeObject,
    cluster: readonly KubeObject[],
    problemOf: (container: Field) => Iterable<string>,
): Generator<string, void> {
    const { containers, isCertain, unknown } = receiversOf(workload, cluster);
    if (isCertain) {
        yield* knownFirst(containers, problemOf);
    } else {
        const found = containers.map((container) => [...problemOf(container)]);
        if (found.every((problems) => problems.length > 0)) yield* found[0] ?? [];
    }
    if (unknown !== undefined) throw unknown;
}

function isBehind(workload: KubeObject, service: KubeObject, backend: Backend): boolean {
    return all(
        () => backend.name() !== undefined,
        () => backend.name() === nameOf(service),
        () => backend.namespace() === namespaceOf(service),
        () => serves(service, workload),
    );
}
