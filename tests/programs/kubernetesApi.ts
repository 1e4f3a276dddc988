/** As much of a Kubernetes API server as a client's informers need: lists, watches, and writes that it takes note of. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EventEmitter, once } from "node:events";
import { buffer } from "node:stream/consumers";

export interface ApiObject {
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: object };
    readonly [field: string]: unknown;
}

interface Resource {
    /** Such as "networking.k8s.io/v1". */
    readonly apiVersion: string;
    readonly kind: string;
}

const gatewayApi = (kind: string, version = "v1") => ({ apiVersion: `gateway.networking.k8s.io/${version}`, kind });

/** By their names in paths. */
const resources: Readonly<Record<string, Resource>> = {
    services: { apiVersion: "v1", kind: "Service" },
    secrets: { apiVersion: "v1", kind: "Secret" },
    configmaps: { apiVersion: "v1", kind: "ConfigMap" },
    endpointslices: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    ingresses: { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
    ingressclasses: { apiVersion: "networking.k8s.io/v1", kind: "IngressClass" },
    namespaces: { apiVersion: "v1", kind: "Namespace" },
    gatewayclasses: gatewayApi("GatewayClass"),
    gateways: gatewayApi("Gateway"),
    httproutes: gatewayApi("HTTPRoute"),
    grpcroutes: gatewayApi("GRPCRoute"),
    tlsroutes: gatewayApi("TLSRoute"),
    backendtlspolicies: gatewayApi("BackendTLSPolicy"),
    referencegrants: gatewayApi("ReferenceGrant", "v1beta1"),
};

/** "/api/v1/services", "/apis/gateway.networking.k8s.io/v1/namespaces/web/httproutes/shop/status". */
const path =
    /^\/apis?(?:\/[^/.]+\.[^/]+)?\/v[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<name>[^/]+)(?:\/(?<object>[^/]+)(?<part>\/status)?)?$/;

export class KubernetesApi {
    /** What was asked for, as rules of a ClusterRole have it: "list ingresses", "update ingresses/status". */
    readonly asked = new Set<string>();
    /** What was last written as JSON, by its place: "httproutes/status web/shop". Nobody who watches is told. */
    readonly written = new Map<string, ApiObject>();
    private readonly objects = new Map<string, readonly ApiObject[]>();
    private readonly watchers = new Map<string, Set<ServerResponse>>();
    private version = 1;
    private readonly gate = new EventEmitter().setMaxListeners(0);
    /** Whoever asks for such a resource waits. */
    private isHeld: (name: string) => boolean = () => true;

    private constructor(private readonly server: Server) {}

    /** Answers, but for whoever asks for one of these. */
    release(...besides: readonly string[]): void {
        this.isHeld = (name) => besides.includes(name);
        this.gate.emit("open");
    }

    /** It listens, and answers nobody before {@link KubernetesApi.release}. */
    static async start(): Promise<KubernetesApi> {
        const api = new KubernetesApi(createServer((request, response) => void api.answer(request, response)));
        api.server.listen(0, "127.0.0.1");
        await once(api.server, "listening");
        return api;
    }

    get address(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    stop(): void {
        this.server.closeAllConnections();
        this.server.close();
    }

    /** Puts objects in the place of all that there were of the resource, and tells who watches. */
    set(name: string, objects: readonly ApiObject[]): void {
        const old = this.objects.get(name) ?? [];
        const isIn = (list: readonly ApiObject[], { metadata }: ApiObject) =>
            list.some((one) => one.metadata.name === metadata.name && one.metadata.namespace === metadata.namespace);
        this.objects.set(name, objects);
        this.version++;
        const events = [
            ...old.filter((one) => !isIn(objects, one)).map((one) => ({ type: "DELETED", one })),
            ...objects.map((one) => ({ type: isIn(old, one) ? "MODIFIED" : "ADDED", one })),
        ];
        for (const response of this.watchers.get(name) ?? []) {
            for (const { type, one } of events) response.write(event(type, this.whole(name, one)));
        }
    }

    /** What there is of the resource. */
    get(name: string): readonly ApiObject[] {
        return this.objects.get(name) ?? [];
    }

    private whole(name: string, object: ApiObject): object {
        const { metadata } = object;
        return { ...resources[name], ...object, metadata: { ...metadata, resourceVersion: String(this.version) } };
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const url = new URL(request.url ?? "/", "http://api");
        const { name = "", part = "", ...object } = path.exec(url.pathname)?.groups ?? {};
        while (this.isHeld(name)) await once(this.gate, "open");
        const { kind, apiVersion } = resources[name] ?? {};
        const isWatch = ["1", "true"].includes(url.searchParams.get("watch") ?? "");
        this.asked.add(`${request.method === "PUT" ? "update" : isWatch ? "watch" : "list"} ${name}${part}`);
        response.setHeader("content-type", "application/json");
        if (request.method === "PUT") {
            // Of Kubernetes' own kinds it is in protobuf.
            const written = await buffer(request);
            if (request.headers["content-type"] === "application/json") {
                const { namespace = "", object: objectName = "" } = object;
                const place = `${name}${part} ${namespace}/${objectName}`;
                this.written.set(place, JSON.parse(written.toString()) as ApiObject);
            }
            response.end(JSON.stringify({ kind, apiVersion, metadata: {} }));
            return;
        }
        const items = (this.objects.get(name) ?? []).map((one) => this.whole(name, one));
        const metadata = { resourceVersion: String(this.version) };
        if (!isWatch) {
            response.end(JSON.stringify({ kind: `${kind ?? ""}List`, apiVersion, metadata, items }));
            return;
        }
        const watching = this.watchers.get(name) ?? new Set();
        this.watchers.set(name, watching.add(response));
        request.on("close", () => watching.delete(response));
        response.flushHeaders();
        if (url.searchParams.get("sendInitialEvents") !== "true") return;
        for (const item of items) response.write(event("ADDED", item));
        const annotations = { "k8s.io/initial-events-end": "true" };
        response.write(event("BOOKMARK", { kind, apiVersion, metadata: { ...metadata, annotations } }));
    }
}

const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
