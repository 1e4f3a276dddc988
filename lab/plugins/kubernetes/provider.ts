/** The procedures of a provider, for Kubernetes objects and Helm Releases. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { version } from "@pulumi/kubernetes/package.json";
import {
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureResponse,
    CreateResponse,
    DiffResponse,
    GetSchemaResponse,
    PropertyDiff,
    ProviderHandshakeResponse,
    ReadResponse,
    UpdateResponse,
    type ConfigureRequest,
    type CreateRequest,
    type DeleteRequest,
    type DiffRequest,
    type InvokeRequest,
    type ReadRequest,
    type UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import type { Engine } from "../rpc/engine";
import { UnsupportedError } from "../rpc/errors";
import { pluginInfo, unary } from "../rpc/server";
import { fromStruct, toStruct, withoutMarks } from "../rpc/values";
import { KubeClient } from "./client";
import { Cluster } from "./cluster";
import { checkConfiguration, diffConfiguration, readConfiguration } from "./configuration";
import { pathText, type Change, type ResourceDiff } from "./diff";
import { helmOf } from "./helm/program";
import { Releases, replacingReleaseChanges } from "./helm/releases";
import { connectionOf, findKubeconfig } from "./kubeconfig";
import type { Naming } from "./objects";
import { KubeResources } from "./resources";

/** What is there once the provider is configured. */
interface Configured {
    readonly objects: KubeResources;
    /** Made when the first Release asks for it: a stack without one needs no helm. */
    readonly releases: () => Releases;
}

export function kubernetesProvider(engine: Engine): UntypedServiceImplementation {
    const cancelled = new AbortController();
    let configured: Configured | undefined;
    const ready = (): Configured => {
        if (configured === undefined)
            throw new Error("The provider is not configured: its arguments are not known yet.");
        return configured;
    };
    const isRelease = (request: { getUrn(): string }) => tokenOf(request.getUrn()) === "kubernetes:helm.sh/v3:Release";

    return {
        handshake: unary(() => {
            const response = new ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        getPluginInfo: pluginInfo(version),
        attach: unary(() => new Empty()),
        getSchema: unary(() => {
            const response = new GetSchemaResponse();
            response.setSchema(JSON.stringify({ name: "kubernetes", version }));
            return response;
        }),
        checkConfig: unary((request: CheckRequest) => {
            checkConfiguration(withoutMarks(fromStruct(request.getNews())));
            const response = new CheckResponse();
            response.setInputs(request.getNews());
            return response;
        }),
        diffConfig: unary((request: DiffRequest) => {
            const { changed, replacing } = diffConfiguration(
                withoutMarks(fromStruct(request.getOldInputs() ?? request.getOlds())),
                withoutMarks(fromStruct(request.getNews())),
            );
            const response = new DiffResponse();
            response.setChanges(changesKind(changed.length));
            response.setDiffsList([...changed]);
            response.setReplacesList([...replacing]);
            return response;
        }),
        configure: unary(async (request: ConfigureRequest) => {
            await engine.info(`Kubernetes by the lab's stand-in for the provider ${version} (lab/plugins/README.md).`);
            const configuration = readConfiguration(withoutMarks(fromStruct(request.getArgs())));
            const source = findKubeconfig(configuration.kubeconfig);
            const connection = connectionOf(source, configuration.context);
            const namespace = configuration.namespace ?? connection.namespace;
            const cluster = new Cluster(new KubeClient(connection));
            configured = {
                objects: new KubeResources(cluster, engine, namespace, cancelled.signal),
                releases: () => new Releases(helmOf(source, connection), namespace),
            };
            const response = new ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),

        check: unary(async (request: CheckRequest) => {
            const { objects, releases } = ready();
            const olds = fromStruct(request.getOlds());
            const old = Object.keys(olds).length === 0 ? undefined : withoutMarks(olds);
            const news = fromStruct(request.getNews());
            const response = new CheckResponse();
            if (isRelease(request)) {
                const { inputs, problems } = await releases().check(old, news, namingOf(request));
                response.setInputs(toStruct(inputs));
                response.setFailuresList(problems.map(({ property, reason }) => checkFailure(property, reason)));
            } else {
                const inputs = await objects.check(tokenOf(request.getUrn()), old, news, namingOf(request));
                response.setInputs(toStruct(inputs));
            }
            return response;
        }),
        diff: unary(async (request: DiffRequest) => {
            const { objects, releases } = ready();
            const [state, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
            const ignored = request.getIgnorechangesList();
            if (isRelease(request)) {
                const changes = releases().diff(state, news, ignored);
                return diffResponse({ changes, replacing: replacingReleaseChanges(changes), mustDeleteFirst: false });
            }
            return diffResponse(await objects.diff(state, news, ignored));
        }),
        create: unary(async (request: CreateRequest) => {
            const { objects, releases } = ready();
            const news = fromStruct(request.getProperties());
            const { id, state } = !isRelease(request)
                ? await objects.create(request.getUrn(), news, timing(request))
                : request.getPreview()
                  ? { id: "", state: releases().preview(news) }
                  : await releases().create(news);
            const response = new CreateResponse();
            response.setId(id);
            response.setProperties(toStruct(state));
            return response;
        }),
        read: unary(async (request: ReadRequest) => {
            const { objects, releases } = ready();
            const [id, urn] = [request.getId(), request.getUrn()];
            const [state, inputs] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
            const response = new ReadResponse();
            if (isRelease(request)) {
                const live = await releases().read(id, state);
                if (live === undefined) return response;
                response.setProperties(toStruct(live));
                response.setInputs(toStruct(inputs));
            } else {
                const live = await objects.read(urn, tokenOf(urn), id, state, inputs);
                // No id means that it is gone.
                if (live === undefined) return response;
                response.setProperties(toStruct(live.state));
                response.setInputs(toStruct(live.inputs));
            }
            response.setId(id);
            return response;
        }),
        update: unary(async (request: UpdateRequest) => {
            const { objects, releases } = ready();
            const [state, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
            const updated = !isRelease(request)
                ? await objects.update(request.getUrn(), state, news, request.getIgnorechangesList(), timing(request))
                : request.getPreview()
                  ? releases().preview(news)
                  : await releases().update(request.getId(), news);
            const response = new UpdateResponse();
            response.setProperties(toStruct(updated));
            return response;
        }),
        delete: unary(async (request: DeleteRequest) => {
            const { objects, releases } = ready();
            const state = fromStruct(request.getProperties());
            if (isRelease(request)) await releases().remove(state);
            else await objects.remove(request.getUrn(), request.getId(), state, request.getTimeout());
            return new Empty();
        }),
        cancel: unary(() => {
            cancelled.abort();
            return new Empty();
        }),

        invoke: unary((request: InvokeRequest): Empty => {
            throw new UnsupportedError(
                `${request.getTok()}, with which ConfigFile, Chart and the like read manifests,`,
            );
        }),
        construct: unary((): Empty => {
            throw new UnsupportedError(
                "A component of the Kubernetes package, such as yaml.v2.ConfigGroup or helm.v4.Chart,",
            );
        }),
    };
}

/** "kubernetes:apps/v1:Deployment", from the end of a URN's chain of types. */
function tokenOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

function timing(request: CreateRequest | UpdateRequest) {
    return { isPreview: request.getPreview(), timeoutSeconds: request.getTimeout() };
}

function namingOf(request: CheckRequest): Naming {
    const options = request.getAutonaming();
    const { DISABLE } = CheckRequest.AutonamingOptions.Mode;
    return {
        resourceName: request.getUrn().split("::").slice(3).join("::"),
        mode: options === undefined ? "default" : options.getMode() === DISABLE ? "disabled" : "propose",
        proposedName: options?.getProposedName() ?? "",
        randomSeed: request.getRandomseed_asU8(),
    };
}

function checkFailure(property: string, reason: string): CheckFailure {
    const failure = new CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
}

function changesKind(count: number): DiffResponse.DiffChanges {
    return count === 0 ? DiffResponse.DiffChanges.DIFF_NONE : DiffResponse.DiffChanges.DIFF_SOME;
}

function diffResponse({ changes, replacing, mustDeleteFirst }: ResourceDiff): DiffResponse {
    const response = new DiffResponse();
    response.setChanges(changesKind(changes.length));
    response.setReplacesList(replacing.map(({ path }) => pathText(path)));
    response.setDeletebeforereplace(mustDeleteFirst);
    response.setHasdetaileddiff(true);
    for (const change of changes) {
        const detail = new PropertyDiff();
        detail.setKind(kindOfChange(change, replacing.includes(change)));
        // What a program no longer says is in its old inputs; the live value may be another.
        detail.setInputdiff(change.kind === "delete");
        response.getDetaileddiffMap().set(pathText(change.path), detail);
    }
    return response;
}

function kindOfChange({ kind }: Change, isReplacing: boolean): PropertyDiff.Kind {
    const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;
    switch (kind) {
        case "add":
            return isReplacing ? ADD_REPLACE : ADD;
        case "delete":
            return isReplacing ? DELETE_REPLACE : DELETE;
        case "update":
            return isReplacing ? UPDATE_REPLACE : UPDATE;
    }
}
