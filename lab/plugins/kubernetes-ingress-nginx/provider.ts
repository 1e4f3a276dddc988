/** The procedures of the component provider. */
import { credentials, type ServiceError, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { version as kubernetesVersion } from "@pulumi/kubernetes/package.json";
import { version } from "@pulumi/kubernetes-ingress-nginx/package.json";
import {
    CheckResponse,
    ConfigureResponse,
    ConstructResponse,
    DiffResponse,
    GetSchemaResponse,
    ProviderHandshakeResponse,
    type CheckRequest,
    type ConstructRequest,
    type DiffRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    type RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import type { Engine } from "../rpc/engine";
import { UnsupportedError } from "../rpc/errors";
import { pluginInfo, unary } from "../rpc/server";
import { fromStruct, toStruct, unknownText, type Properties } from "../rpc/values";
import { releaseInputs } from "./releaseInputs";

const componentType = "kubernetes-ingress-nginx:index:IngressController";

export function ingressNginxProvider(engine: Engine): UntypedServiceImplementation {
    return {
        handshake: unary(() => {
            const response = new ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setAcceptResources(true);
            response.setAcceptOutputs(true);
            return response;
        }),
        getPluginInfo: pluginInfo(version),
        attach: unary(() => new Empty()),
        cancel: unary(() => new Empty()),
        getSchema: unary(() => {
            const response = new GetSchemaResponse();
            response.setSchema(JSON.stringify({ name: "kubernetes-ingress-nginx", version }));
            return response;
        }),
        checkConfig: unary((request: CheckRequest) => {
            const response = new CheckResponse();
            response.setInputs(request.getNews());
            return response;
        }),
        diffConfig: unary((_: DiffRequest) => {
            const response = new DiffResponse();
            response.setChanges(DiffResponse.DiffChanges.DIFF_NONE);
            return response;
        }),
        configure: unary(() => {
            const response = new ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setAcceptresources(true);
            // So that a value that came out of a resource can be told from a plain one, and refused.
            response.setAcceptoutputs(true);
            response.setSupportspreview(true);
            return response;
        }),
        construct: unary(async (request: ConstructRequest) => {
            if (request.getType() !== componentType) throw new UnsupportedError(request.getType());
            const inputs = releaseInputs(fromStruct(request.getInputs()));
            await engine.info(`IngressController by the lab's stand-in for the component ${version}.`);
            return construct(request, inputs);
        }),
    };
}

/** Registers the component, and in it the Release. */
async function construct(request: ConstructRequest, inputs: Properties): Promise<ConstructResponse> {
    const monitor = new ResourceMonitorClient(request.getMonitorendpoint(), credentials.createInsecure(), {
        "grpc.max_receive_message_length": -1,
    });
    try {
        const component = await register(monitor, componentRequest(request));
        const release = await register(monitor, releaseRequest(request, component.getUrn(), inputs));
        const { status = request.getDryrun() ? unknownText : null } = fromStruct(release.getObject());
        const outputs: Properties = { status };
        await registerOutputs(monitor, component.getUrn(), outputs);
        const response = new ConstructResponse();
        response.setUrn(component.getUrn());
        response.setState(toStruct(outputs));
        const dependencies = new ConstructResponse.PropertyDependencies();
        dependencies.setUrnsList([release.getUrn()]);
        response.getStatedependenciesMap().set("status", dependencies);
        return response;
    } finally {
        monitor.close();
    }
}

function componentRequest(request: ConstructRequest): RegisterResourceRequest {
    const message = new RegisterResourceRequest();
    message.setType(request.getType());
    message.setName(request.getName());
    message.setParent(request.getParent());
    message.setCustom(false);
    message.setObject(toStruct({}));
    message.setDependenciesList(request.getDependenciesList());
    const isProtected = request.getProtect();
    if (isProtected !== undefined) message.setProtect(isProtected);
    message.setAliasesList(request.getAliasesList());
    message.setAliasspecs(true);
    message.setIgnorechangesList(request.getIgnorechangesList());
    message.setReplaceonchangesList(request.getReplaceonchangesList());
    message.setAdditionalsecretoutputsList(request.getAdditionalsecretoutputsList());
    message.setDeletedwith(request.getDeletedwith());
    const isRetained = request.getRetainondelete();
    if (isRetained !== undefined) message.setRetainondelete(isRetained);
    message.setAcceptsecrets(true);
    message.setAcceptresources(true);
    for (const [name, reference] of request.getProvidersMap().getEntryList()) {
        message.getProvidersMap().set(name, reference);
    }
    return message;
}

function releaseRequest(request: ConstructRequest, parent: string, inputs: Properties): RegisterResourceRequest {
    const message = new RegisterResourceRequest();
    message.setType("kubernetes:helm.sh/v3:Release");
    message.setName(`${request.getName()}-helm`);
    message.setParent(parent);
    message.setCustom(true);
    message.setObject(toStruct(inputs));
    message.setDependenciesList(request.getDependenciesList());
    message.setVersion(kubernetesVersion);
    message.setAcceptsecrets(true);
    message.setAcceptresources(true);
    message.setSupportspartialvalues(true);
    message.setAliasspecs(true);
    // Without one the engine makes a provider of its own, with the kubeconfig of the moment.
    const provider = request.getProvidersMap().get("kubernetes");
    if (provider !== undefined) message.setProvider(provider);
    return message;
}

function register(monitor: ResourceMonitorClient, message: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    return answer((callback) => monitor.registerResource(message, callback));
}

async function registerOutputs(monitor: ResourceMonitorClient, urn: string, outputs: Properties): Promise<void> {
    const message = new RegisterResourceOutputsRequest();
    message.setUrn(urn);
    message.setOutputs(toStruct(outputs));
    await answer<Empty>((callback) => monitor.registerResourceOutputs(message, callback));
}

function answer<T>(call: (callback: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
        call((error, response) => {
            if (error === null) resolve(response);
            else reject(new Error(error.details));
        });
    });
}
