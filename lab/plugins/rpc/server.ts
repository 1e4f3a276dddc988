/** A plugin as a process: a gRPC server whose port is the first line that it prints. */
import {
    Server,
    ServerCredentials,
    type handleUnaryCall,
    type ServiceDefinition,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";

import { whenEngineIsGone } from "./engine";
import { toServiceError } from "./errors";

/** As the engine's own limit. Stacks have large Secrets and manifests. */
const largestMessageBytes = 400 * 1024 * 1024;

/** A procedure that answers with what the function returns, or with its error. */
export function unary<Request, Response>(
    answer: (request: Request) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => answer(call.request))
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback(toServiceError(error));
                },
            );
    };
}

export function pluginInfo(version: string): handleUnaryCall<Empty, PluginInfo> {
    return unary(() => {
        const info = new PluginInfo();
        info.setVersion(version);
        return info;
    });
}

/** The engine's address is the last argument; before it may come options for logs, which stand-ins have none of. */
export function engineAddress(args: readonly string[]): string {
    const address = args.at(-1);
    if (address === undefined || !/:\d+$/.test(address)) {
        throw new Error("This is a plugin, which Pulumi starts by itself: the engine's address is missing.");
    }
    return address;
}

export interface PluginOptions {
    readonly engineAddress: string;
    /** Called before the process ends by itself, because the engine is gone. */
    readonly onEnd?: () => void;
}

/** Serves until the engine ends. */
export async function serve(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
    options: PluginOptions,
): Promise<void> {
    const server = new Server({ "grpc.max_receive_message_length": largestMessageBytes });
    server.addService(definition, implementation);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
            if (error === null) resolve(bound);
            else reject(error);
        });
    });
    whenEngineIsGone(options.engineAddress, () => {
        options.onEnd?.();
        process.exit(0);
    });
    process.stdout.write(`${port}\n`);
}
