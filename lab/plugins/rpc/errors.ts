/** Errors as gRPC carries them to the engine. */
import { Metadata, status, type ServerErrorResponse } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";

import { toStruct, type Properties } from "./values";

/** What a stand-in has not been made for. Its message says what to do instead. */
export class UnsupportedError extends Error {
    constructor(what: string) {
        super(
            `${what} is not supported by the lab's stand-in for this plugin (lab/plugins/README.md). ` +
                "Use the official plugin for it.",
        );
    }
}

/**
 * An object that is there but does not do its work yet. The engine keeps it in the stack's state, and tries again at the
 * next update.
 */
export class NotReadyError extends Error {
    constructor(
        message: string,
        readonly reasons: readonly string[],
        readonly id: string,
        /** Output properties. */
        readonly properties: Properties,
        /** Input properties, where they are not those that the engine sent. */
        readonly inputs?: Properties,
    ) {
        super(message);
    }
}

export function toServiceError(error: unknown): ServerErrorResponse {
    const details = error instanceof Error ? error.message : String(error);
    const response: ServerErrorResponse = Object.assign(new Error(details), { code: status.UNKNOWN, details });
    return error instanceof NotReadyError ? Object.assign(response, { metadata: initFailure(error) }) : response;
}

function initFailure(error: NotReadyError): Metadata {
    const detail = new ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.properties));
    detail.setReasonsList([...error.reasons]);
    if (error.inputs !== undefined) detail.setInputs(toStruct(error.inputs));
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const message = new Status();
    message.setCode(status.UNKNOWN);
    message.setMessage(error.message);
    message.addDetails(any);
    const metadata = new Metadata();
    // Where gRPC in Go looks for structured details; gRPC in Node has no function for it.
    metadata.add("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
    return metadata;
}
